//! Hits and misses. A miss that is listed here was or would be a false alarm.

use super::names::says;
use super::values::is_placeholder;
use super::{Why, decode, in_file, is_public, known_form, literal};

/// Written in two parts, so that no scanner takes this file for a leak.
fn join(head: &str, tail: &str) -> String {
    format!("{head}{tail}")
}

#[test]
fn names_that_say_secret() {
    for name in [
        "PASSWORD",
        "DB_PASSWORD",
        "dbPassword",
        "spring.datasource.password",
        "PGPASSWORD",
        "REDIS_PASS",
        "MYSQL_PWD",
        "SSH_PASSPHRASE",
        "TOKEN",
        "GITHUB_TOKEN",
        "githubToken",
        "API_KEY",
        "apiKey",
        "APIKey",
        "STRIPE_APIKEY",
        "PRIVATE_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "SECRET_KEY_BASE",
        "CLIENT_SECRET",
        "ENCRYPTION_KEY",
        "DB_CREDENTIALS",
        "PASSWORD2",
        "DB_PASSWORD_PROD",
        "SECRET",
        "JWT_SECRET",
    ] {
        assert!(says(name).is_some(), "{name}");
    }
}

#[test]
fn names_that_only_sound_so() {
    for name in [
        "",
        "PASSWORD_FILE",
        "TOKEN_URL",
        "TOKEN_TTL",
        "PASSWORD_MIN_LENGTH",
        "SECRET_NAME",
        "SECRETS_DIR",
        "API_KEY_HEADER",
        "PUBLIC_KEY",
        "NEXT_PUBLIC_API_KEY",
        "TLS_SECRET",
        "IMAGE_PULL_SECRET",
        "IMAGEPULLSECRET",
        "imagePullSecret",
        "secretKeyRef",
        "PWD",
        "OLDPWD",
        "PROXY_PASS",
        "proxy_pass",
        "EOS_TOKEN",
        "TOKENIZER",
        "BYPASS",
        "COMPASS",
        "PASSENGER",
        "KEY",
        "SORT_KEY",
        "AWS_ACCESS_KEY_ID",
        "EXISTING_SECRET_PASSWORD_KEY",
        "existingSecret",
        "HOTKEY",
        "SECRETARY",
        "TOKENS_PER_MINUTE",
    ] {
        assert_eq!(says(name), None, "{name}");
    }
}

#[test]
fn values_that_are_secrets() {
    for (name, value) in [
        ("DB_PASSWORD", "hunter2"),
        ("DB_PASSWORD", "password"),
        ("DB_PASSWORD", "пароль"),
        ("DB_PASSWORD", "correct horse"),
        ("API_KEY", "c2VjcmV0LWtleQ=="),
        ("JWT_SECRET", "keyboard-cat"),
        ("CLIENT_SECRET", "my-secret"),
        ("SECRET_KEY", "SW2YcwTIb9zpOOhoPsMm"),
        ("TOKEN", "0a1b2c3d4e"),
    ] {
        assert_eq!(literal(name, value), Some(Why::Name), "{name}={value}");
    }
}

#[test]
fn values_that_are_none() {
    for (name, value) in [
        ("PASSWORD", ""),
        ("PASSWORD", "  "),
        ("PASSWORD", "changeme"),
        ("PASSWORD", "CHANGE_ME"),
        ("PASSWORD", "change-me-please"),
        ("PASSWORD", "<password>"),
        ("PASSWORD", "${DB_PASSWORD}"),
        ("PASSWORD", "$(DB_PASSWORD)"),
        ("PASSWORD", "$DB_PASSWORD"),
        ("PASSWORD", "$email-password"),
        ("PASSWORD", "$argocd-secret:key"),
        ("PASSWORD", "prefix-$(X)"),
        ("PASSWORD", "{{ .Values.password }}"),
        ("PASSWORD", "%DB_PASSWORD%"),
        ("PASSWORD", "__PASSWORD__"),
        ("PASSWORD", "********"),
        ("PASSWORD", "xxxxxxxx"),
        ("PASSWORD", "REDACTED"),
        ("PASSWORD", "[REDACTED]"),
        ("PASSWORD", "ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]"),
        ("PASSWORD", "vault:secret/data/db#password"),
        ("PASSWORD", "DB_PASSWORD"),
        ("TOKEN", "your-token-here"),
        ("TOKEN", "YOUR_TOKEN"),
        ("TOKEN", "paste-token-here"),
        ("TOKEN", "true"),
        ("TOKEN", "3600"),
        ("TOKEN", "15m"),
        ("TOKEN", "/var/run/secrets/token"),
        ("TOKEN", "./token"),
        ("TOKEN", "C:\\secrets\\token"),
        ("TOKEN", "https://auth.example.com/token"),
        ("TOKEN", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("TOKEN", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"),
        ("DB_SECRET", "db-credentials"),
        ("WEBHOOK_SECRET", "webhook-server-cert"),
        ("CREDENTIALS", "regcred"),
        ("USERNAME", "hunter2"),
    ] {
        assert_eq!(literal(name, value), None, "{name}={value}");
    }
}

#[test]
fn forms_that_are_known() {
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\n";
    let cases = [
        (join("AKIA", "Q3EGTIBWX7MZLOUA"), "an AWS access key id"),
        (join("id=AKIA", "Q3EGTIBWX7MZLOUA;"), "an AWS access key id"),
        (join("ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"), "a GitHub token"),
        (join("glpat", "-aB3dE5gH7jK9mN1pQ2rS"), "a GitLab token"),
        (join("xoxb", "-123456789012-abcDEF123456"), "a Slack token"),
        (join("AIza", "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"), "a Google API key"),
        (join("sk_live", "_4eC39HqLyjWDarjtT1zdp7dc"), "a Stripe key"),
        (pem.to_owned(), "a private key"),
        (pem.replace('\n', "\\n"), "a private key"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n".to_owned(),
            "a private key",
        ),
        ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n".to_owned(), "a private key"),
        (
            join("Bearer eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0K.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"),
            "a JSON Web Token",
        ),
        ("postgres://app:hunter2@db:5432/x".to_owned(), "a URL with a password"),
        ("redis://:hunter2@cache".to_owned(), "a URL with a password"),
        ("amqp://app:p%40ss@mq".to_owned(), "a URL with a password"),
        ("Server=db;User Id=app;Password=hunter2;".to_owned(), "a connection string with a password"),
        (
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGVsbG8gd29ybGQ=;".to_owned(),
            "a connection string with a password",
        ),
    ];
    for (text, what) in cases {
        assert_eq!(known_form(&text).map(|form| form.what), Some(what), "{what}");
        assert_eq!(literal("ANY", &text), Some(Why::Form(what)), "{what}");
    }
}

#[test]
fn forms_that_are_none() {
    for text in [
        "AKIAIOSFODNN7EXAMPLE",
        "AKIA",
        "AKIAQ3EGTIBWX7MZLOUAAA",
        "XAKIAQ3EGTIBWX7MZLOUA",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_short",
        "npm_config_registry",
        "sk_live_",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\n",
        "-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\n",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..tYfR2kQ0mJ4vX9bN7cL1sD5gH8pW3zE6",
        "postgres://db:5432/x",
        "postgres://app@db/x",
        "postgres://app:$(PASSWORD)@db/x",
        "postgres://app:${PASSWORD}@db/x",
        "postgres://app:<password>@db/x",
        "postgres://app:***@db/x",
        "postgres://user:password@host/x",
        "postgres://app:changeme@db/x",
        "docker://nginx:1.25.3@sha256:0123",
        "git+ssh://git@example.com/a.git",
        "https://example.com/a@b:c",
        "Server=db;User Id=app;Password=${PW};",
        "Server=db;Integrated Security=true;",
        "if(a){password=e.target.value;x=1}",
        "a=1;password=abcdef;",
    ] {
        assert_eq!(known_form(text), None, "{text}");
    }
}

#[test]
fn lines_of_files() {
    let text = "# password=comment1\nspring.datasource.username=app\nspring.datasource.password=hunter2\n\
                export DB_PASSWORD='s3cret!'\n  \"password\": \"hunter2\",\npassword: hunter2 # why\n- token: 0a1b2c3d4e5f\n";
    let hits: Vec<_> = in_file(text).into_iter().map(|hit| (hit.line, hit.name.unwrap())).collect();
    assert_eq!(
        hits,
        [
            (3, "spring.datasource.password"),
            (4, "DB_PASSWORD"),
            (5, "password"),
            (6, "password"),
            (7, "token"),
        ]
    );
    let one_line = in_file("{\"user\": \"app\", \"password\": \"hunter2\"}");
    assert_eq!(one_line.first().and_then(|hit| hit.name), Some("password"));
}

#[test]
fn lines_that_are_none() {
    for line in [
        "password=",
        "password: \"\"",
        "password: |",
        "password: {",
        "password: *anchor",
        "password: !vault |",
        "password: ${DB_PASSWORD}",
        "password_file: /etc/pw",
        "password = os.environ['PASSWORD']",
        "password = getpass()",
        "PASSWORD=$(cat /run/secrets/pw)",
        "PASSWORD=\"$1\"",
        "TOKEN=`cat token`",
        "token: string",
        "token: IDENT",
        "token: The token that is sent with each request",
        "token == \"0a1b2c3d4e5f\"",
        "token := \"0a1b2c3d4e5f\"",
        "const token = \"0a1b2c3d4e5f\"",
        "pass: hunter2",
        "proxy_pass http://backend:8080;",
        "secretName: app-tls",
        "secret: app-tls",
        "bearer_token_file: /var/run/secrets/kubernetes.io/serviceaccount/token",
        "ssl.keystore.password=changeit",
        "http://example.com/token=1",
        "== heading: password",
    ] {
        assert!(in_file(line).is_empty(), "{line}: {:?}", in_file(line));
    }
}

#[test]
fn a_form_in_a_file_has_its_line() {
    let hits = in_file(
        "a: b\nc: |\n  -----BEGIN EC PRIVATE KEY-----\n  MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY\n",
    );
    assert_eq!(hits.len(), 1);
    assert_eq!((hits[0].line, hits[0].name, hits[0].why), (3, None, Why::Form("a private key")));
}

#[test]
fn base64_is_decoded_strictly() {
    assert_eq!(decode("aHVudGVyMg==").as_deref(), Some(b"hunter2".as_slice()));
    assert_eq!(decode("aHVu\ndGVyMg==\n").as_deref(), Some(b"hunter2".as_slice()));
    assert_eq!(decode("").as_deref(), Some(b"".as_slice()));
    for broken in ["a", "aHVudGVyMg", "aHVu=GVy", "aHV-", "====", "ä"] {
        assert_eq!(decode(broken), None, "{broken}");
    }
}

#[test]
fn placeholders_and_public_things() {
    assert!(is_placeholder("TODO") && is_placeholder("<path:secret/data/db#password>"));
    assert!(!is_placeholder("hunter2") && !is_placeholder("admin"));
    assert!(is_public("-----BEGIN CERTIFICATE-----\nMIIB") && !is_public("-----BEGIN PRIVATE KEY-----"));
    assert!(!is_public("-----BEGIN CERTIFICATE-----\nMIIB\n-----BEGIN PRIVATE KEY-----\nMIIB"));
}

#[test]
fn hostile_text_is_no_panic() {
    let long = "SG.".repeat(20_000)
        + &"eyJ.".repeat(20_000)
        + &"-----BEGIN ".repeat(20_000)
        + &"://:@".repeat(20_000);
    for text in
        [long.as_str(), "\u{feff}=", "ä://ö:ü@ß", "=====", "::::", "-----BEGIN ä-----", "\"", "'=", "x:\\"]
    {
        let _ = (known_form(text), in_file(text), is_placeholder(text), decode(text), says(text));
    }
}
