//! What a value cannot hide: placeholders, references, paths, numbers.

use super::names::Says;

/// Whether a value under a name that speaks of a secret could be one.
pub(super) fn could_be_secret(value: &str, says: Says) -> bool {
    let value = value.trim();
    if value.len() < 3
        || is_placeholder(value)
        || is_word_of_configuration(value)
        || is_number(value)
        || is_path_or_url(value)
        || is_name_of_variable(value)
        || is_public(value)
    {
        return false;
    }
    match says {
        Says::Password => true,
        Says::Material => !["-tls", "-cert", "-certs", "-ca"].iter().any(|end| value.ends_with(end)),
        Says::SecretOrItsName => !is_name_of_object(value),
    }
}

/// Whether a value stands for one that something else puts there: an empty one, `changeme`, `<token>`,
/// `${TOKEN}`, `{{ .Values.token }}`, `ENC[…]`, `vault:…`.
pub(in super::super) fn is_placeholder(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "changeme",
        "changeit",
        "changethis",
        "replaceme",
        "replacethis",
        "todo",
        "tbd",
        "fixme",
        "none",
        "null",
        "nil",
        "na",
        "unset",
        "undefined",
        "empty",
        "redacted",
        "placeholder",
        "dummy",
        "fake",
        "example",
        "sample",
        "masked",
        "removed",
        "hidden",
        "default",
        "insecure",
    ];
    const STARTS: &[&str] = &[
        "your",
        "replacewith",
        "insert",
        "enter",
        "putyour",
        "addyour",
        "changeme",
        "replaceme",
        "todo",
        "placeholder",
        "example",
        "dummy",
        "fake",
        "redacted",
        "setme",
        "fillin",
        "generated",
    ];
    /// Schemes of tools that fetch the value when it is used.
    const REFERENCES: &[&str] = &[
        "ENC[",
        "vault:",
        "ref+",
        "arn:aws:secretsmanager:",
        "arn:aws:ssm:",
        "sm://",
        "op://",
        "gcp:",
        "awssm:",
        "secretref:",
        "env:",
        "file:",
        "!vault",
        "@Microsoft.KeyVault(",
        "ssm:",
        "azurekeyvault:",
        "keyvault:",
        "sealed:",
    ];
    let value = value.trim();
    let bare: String =
        value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    bare.is_empty() && value.is_ascii()
        || !bare.is_empty() && is_one_character(&bare)
        || WORDS.contains(&bare.as_str())
        || STARTS.iter().any(|start| bare.starts_with(start))
        || bare.contains("placeholder")
        || bare.ends_with("here")
        || REFERENCES.iter().any(|start| value.starts_with(start))
        || is_reference(value)
}

/// Whether a value is a certificate or a public key, which nobody has to hide.
pub(in super::super) fn is_public(value: &str) -> bool {
    let value = value.trim_start();
    let public = [
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PUBLIC KEY",
        "-----BEGIN RSA PUBLIC KEY",
        "ssh-rsa ",
        "ssh-ed25519 ",
    ];
    public.iter().any(|start| value.starts_with(start)) && !value.contains("PRIVATE KEY")
}

/// Whether a value is put together from a variable or a template.
pub(super) fn is_reference(value: &str) -> bool {
    let has_template = ["$(", "${", "{{", "<%", "%(", "`"].iter().any(|mark| value.contains(mark));
    let around = |start: char, end: char| value.len() > 2 && value.starts_with(start) && value.ends_with(end);
    // Also `$name:key` and `$email-password`, which Argo CD replaces.
    let is_variable = value.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:@*#".contains(c))
    });
    let is_double = value.len() > 4 && value.starts_with("__") && value.ends_with("__");
    has_template
        || around('<', '>')
        || around('%', '%')
        || around('@', '@')
        || around('[', ']')
        || is_variable
        || is_double
}

fn is_one_character(value: &str) -> bool {
    let mut letters = value.chars();
    letters.next().is_some_and(|first| letters.all(|letter| letter == first))
}

/// Words that say how to get a secret, and types in descriptions of data.
fn is_word_of_configuration(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "enabled",
        "disabled",
        "enable",
        "disable",
        "required",
        "optional",
        "string",
        "str",
        "bytes",
        "integer",
        "number",
        "boolean",
        "object",
        "array",
        "auto",
        "basic",
        "bearer",
        "header",
        "cookie",
        "query",
        "plain",
        "plaintext",
        "file",
        "env",
        "vault",
        "kubernetes",
        "jwt",
        "oauth2",
        "oidc",
        "scram-sha-256",
        "scram-sha-512",
        "sha256",
        "md5",
        "bcrypt",
        "prompt",
        "manual",
        "always",
        "never",
        "undefined",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// A number, also with a unit: `3600`, `15m`, `0.5`, `10Mi`.
fn is_number(value: &str) -> bool {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    value.len() - digits.len() <= 2 && digits.parse::<f64>().is_ok()
}

fn is_path_or_url(value: &str) -> bool {
    let path_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~');
    let starts = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    let drive = value.get(1..3).is_some_and(|rest| matches!(rest, ":\\" | ":/"));
    starts && value.chars().all(path_letter) || drive || value.contains("://")
}

/// `DB_PASSWORD`: the name of a variable that has the value.
fn is_name_of_variable(value: &str) -> bool {
    value.contains('_')
        && value.starts_with(|c: char| c.is_ascii_uppercase())
        && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && super::names::says(value).is_some()
}

/// `db-credentials`: the name of a Secret.
fn is_name_of_object(value: &str) -> bool {
    const ENDS: &[&str] = &[
        "secret",
        "secrets",
        "tls",
        "cert",
        "certs",
        "creds",
        "credentials",
        "credential",
        "ca",
        "key",
        "keys",
        "token",
        "auth",
        "config",
    ];
    let letters =
        value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
    letters && value.rsplit(['-', '.']).next().is_some_and(|end| value != end && ENDS.contains(&end))
        || value == "regcred"
}
