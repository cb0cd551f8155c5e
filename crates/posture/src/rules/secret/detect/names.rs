//! What a name says.

/// What kind of secret a name speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// A password: whatever stands there is one.
    Password,
    /// A token, a key or the like.
    Material,
    /// A bare `secret` or `credentials`, which as often names a Secret object.
    SecretOrItsName,
}

/// Words behind a secret's name that change nothing: `DB_PASSWORD_PROD`, `SECRET_KEY_BASE`.
const TAILS: &[&str] = &[
    "value",
    "plain",
    "plaintext",
    "base",
    "b64",
    "dev",
    "development",
    "staging",
    "prod",
    "production",
    "test",
    "old",
    "new",
    "current",
    "previous",
    "primary",
    "secondary",
];

/// Words before `key` that make it a secret one.
const KEYS: &[&str] = &["api", "private", "secret", "encryption", "signing", "master", "account"];

/// Words before `secret` after which it is the value and not the name of an object.
const VALUE_OWNERS: &[&str] = &[
    "client", "jwt", "session", "webhook", "cookie", "app", "hmac", "signing", "consumer", "oauth", "shared",
    "auth", "nextauth", "api",
];

/// Words before `secret` after which it is an object of Kubernetes.
const OBJECT_OWNERS: &[&str] = &[
    "tls",
    "ssl",
    "cert",
    "certs",
    "certificate",
    "pull",
    "imagepull",
    "ca",
    "k8s",
    "kubernetes",
    "registry",
    "existing",
];

/// Words before `token` of language models and lists.
const NO_TOKENS: &[&str] = &["pad", "eos", "bos", "unk", "mask", "sep", "cls", "max", "min", "next", "stop"];

/// What a name says, if it speaks of a secret at its end: `PASSWORD_FILE` and `TOKEN_TTL` do not. Words are
/// split at other characters than letters and digits, and at capitals: `dbPassword`, `db.password`.
pub(super) fn says(name: &str) -> Option<Says> {
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while words.len() > 1 && words.last().is_some_and(|last| TAILS.contains(last)) {
        words.pop();
    }
    // What is put into a web page is no secret, whatever its name.
    if words.iter().any(|word| matches!(*word, "public" | "publishable")) {
        return None;
    }
    let (last, before) = words.split_last()?;
    let owner = before.last().copied().unwrap_or_default();
    match *last {
        // The working directory of a shell.
        "pwd" if before.is_empty() || owner == "old" => None,
        "oldpwd" => None,
        // A directive of proxies.
        "pass" if owner == "proxy" => None,
        "pwd" | "pass" => Some(Says::Password),
        word if ["password", "passwd", "passphrase"].iter().any(|end| word.ends_with(end)) => {
            Some(Says::Password)
        }
        "token" if NO_TOKENS.contains(&owner) => None,
        word if word.ends_with("token") || word.ends_with("apikey") => Some(Says::Material),
        "secretkey" | "privatekey" | "encryptionkey" => Some(Says::Material),
        "key" if KEYS.contains(&owner) || owner == "access" && before.contains(&"secret") => {
            Some(Says::Material)
        }
        "secret" if OBJECT_OWNERS.contains(&owner) => None,
        "secret" if VALUE_OWNERS.contains(&owner) => Some(Says::Material),
        word if word.ends_with("pullsecret") || word.ends_with("tlssecret") => None,
        word if word.len() > 6 && word.ends_with("secret") => Some(Says::Material),
        "secret" | "credential" | "credentials" => Some(Says::SecretOrItsName),
        _ => None,
    }
}

/// The words of a name in lower case; digits at the end of a word are left out.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (index, letter) in letters.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| letters.get(index));
            let after = letters.get(index + 1);
            // `dbPassword`, and `APIKey` where the capitals end.
            let starts = letter.is_ascii_uppercase()
                && before.is_some_and(|before| {
                    !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
                });
            if starts {
                push(&mut words, &std::mem::take(&mut word));
            }
            word.push(letter.to_ascii_lowercase());
        }
        push(&mut words, &word);
    }
    words
}

fn push(words: &mut Vec<String>, word: &str) {
    let short = if word == "b64" { "b64" } else { word.trim_end_matches(|c: char| c.is_ascii_digit()) };
    if !short.is_empty() {
        words.push(short.to_owned());
    }
}
