//! The token of a kubeconfig, for those who take the cluster's word for who somebody is.

use std::path::Path;

use crate::KubeError;
use crate::config::configuration;

/// The token that a kubeconfig has, as it is or in a file; in a pod that of its account. `None` where it has another
/// credential: a certificate, a plugin.
///
/// # Errors
/// When there is no usable kubeconfig, or the file cannot be read.
pub async fn token(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Option<String>, KubeError> {
    let (config, _) = configuration(kubeconfig, context).await?;
    // Its type hides it from every other way of printing.
    let account = serde_json::to_value(&config.auth_info).unwrap_or_default();
    let text = |key: &str| account.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    if let Some(token) = text("token") {
        return Ok(Some(token.to_owned()));
    }
    let Some(file) = text("tokenFile") else { return Ok(None) };
    let read = std::fs::read_to_string(file).map_err(|error| KubeError::Kubeconfig {
        from: format!("with the token file {file}"),
        reason: error.to_string(),
    })?;
    Ok(Some(read.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_found_where_the_kubeconfig_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        std::fs::write(&file, "from-a-file\n").unwrap();
        let user = |user: &str| {
            let config = dir.path().join("config");
            let text = format!(
                "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: c, user: u}}}}], \
                 clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:1'}}}}], users: [{{name: u, user: {user}}}]}}"
            );
            std::fs::write(&config, text).unwrap();
            config
        };
        for (account, expected) in [
            ("{token: as-it-is}".to_owned(), Some("as-it-is")),
            (format!("{{tokenFile: '{}'}}", file.display()), Some("from-a-file")),
            ("{username: me, password: secret}".to_owned(), None),
        ] {
            let found = token(Some(&user(&account)), None).await.unwrap();
            assert_eq!(found.as_deref(), expected, "{account}");
        }
        assert!(token(Some(&user("{tokenFile: /nonexistent/token}")), None).await.is_err());
    }
}
