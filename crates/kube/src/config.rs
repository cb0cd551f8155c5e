//! Which API server, with which credentials.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError, LoadDataError};
use kube::{Client, Config};

use crate::KubeError;
use crate::failure::{clean, credentials};
use crate::proxy::ProxyEnvironment;

/// A cluster that can be asked.
pub(crate) struct Target {
    pub(crate) client: Client,
    /// The context's name, or `in-cluster`.
    pub(crate) context: String,
    /// Scheme, host and port; never the user part of a URL.
    pub(crate) address: String,
}

/// Finds the configuration, and the name of the context.
pub(crate) async fn configuration(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
) -> Result<(Config, String), KubeError> {
    match place(kubeconfig, context, &Environment::read())? {
        Place::Files(files) => from_files(&files, context).await,
        Place::InCluster => {
            let reason = |error: kube::config::InClusterError| clean(&error.to_string());
            let config = Config::incluster_env().map_err(|error| KubeError::Kubeconfig {
                from: "of the pod (service account)".to_owned(),
                reason: reason(error),
            })?;
            Ok((config, "in-cluster".to_owned()))
        }
    }
}

/// Finds the configuration and makes a client of it. Runs the credential plugin if there is one.
pub(crate) async fn connect(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Target, KubeError> {
    let (mut config, context) = configuration(kubeconfig, context).await?;
    // One deadline covers a request from connecting to the last byte; the client's own retries
    // would wait as long as the server says. Both are the business of `Api`.
    config.connect_timeout = None;
    config.default_retry = false;
    let address = address(&config.cluster_url);
    let client = Client::try_from(config).map_err(|error| {
        let reason = match error {
            kube::Error::Auth(error) => credentials(&error),
            kube::Error::RustlsTls(_) | kube::Error::InferKubeconfig(_) => {
                "the certificate, its key or the authority's certificate is not what TLS can use".to_owned()
            }
            kube::Error::ProxyProtocolUnsupported { .. } | kube::Error::ProxyProtocolDisabled { .. } => {
                "the proxy is neither an http nor an https one".to_owned()
            }
            _ => "they are of a kind that is not supported".to_owned(),
        };
        KubeError::Credentials { context: context.clone(), reason }
    })?;
    Ok(Target { client, context, address })
}

/// Where the configuration is.
#[derive(Debug, PartialEq)]
enum Place {
    Files(Vec<PathBuf>),
    InCluster,
}

/// What decides about the place.
struct Environment {
    kubeconfig: Option<OsString>,
    home: Option<PathBuf>,
    in_pod: bool,
}

impl Environment {
    fn read() -> Self {
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()),
            home: std::env::home_dir(),
            in_pod: std::env::var_os("KUBERNETES_SERVICE_HOST").is_some(),
        }
    }
}

/// The order of kubectl: the file that was named, `KUBECONFIG`, the file in the home directory, the pod.
fn place(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
    environment: &Environment,
) -> Result<Place, KubeError> {
    if let Some(path) = kubeconfig {
        return Ok(Place::Files(vec![path.to_owned()]));
    }
    let candidates: Vec<PathBuf> = match (&environment.kubeconfig, &environment.home) {
        (Some(list), _) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
        (None, Some(home)) => vec![home.join(".kube").join("config")],
        (None, None) => Vec::new(),
    };
    // As with kubectl, a file in the list that does not exist is no error.
    let files: Vec<PathBuf> = candidates.iter().filter(|path| path.exists()).cloned().collect();
    if !files.is_empty() {
        return Ok(Place::Files(files));
    }
    if environment.in_pod && context.is_none() {
        return Ok(Place::InCluster);
    }
    let from = if environment.kubeconfig.is_some() { " from KUBECONFIG" } else { "" };
    Err(KubeError::NoKubeconfig { looked: format!("{}{from}", joined(&candidates)) })
}

async fn from_files(files: &[PathBuf], context: Option<&str>) -> Result<(Config, String), KubeError> {
    let unusable = |error: &KubeconfigError| KubeError::Kubeconfig {
        from: joined(files),
        reason: kubeconfig_reason(error),
    };
    let mut merged = Kubeconfig::default();
    for file in files {
        merged = Kubeconfig::read_from(file)
            .and_then(|next| merged.merge(next))
            .map_err(|error| unusable(&error))?;
    }
    let known = || merged.contexts.iter().map(|context| clean(&context.name)).collect::<Vec<_>>();
    let current = merged.current_context.as_deref().filter(|name| !name.is_empty());
    let Some(name) = context.or(current) else {
        return Err(KubeError::NoCurrentContext { known: known() });
    };
    let name = name.to_owned();
    if !merged.contexts.iter().any(|context| context.name == name) {
        return Err(KubeError::UnknownContext { name, known: known() });
    }
    let has_own_proxy = has_own_proxy(&merged, &name);
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let mut config =
        Config::from_custom_kubeconfig(merged, &options).await.map_err(|error| unusable(&error))?;
    if !has_own_proxy {
        config.proxy_url = ProxyEnvironment::read().proxy_for(&config.cluster_url);
    }
    Ok((config, name))
}

/// Whether the cluster of a context names its proxy itself.
fn has_own_proxy(kubeconfig: &Kubeconfig, context: &str) -> bool {
    let context = kubeconfig.contexts.iter().find(|named| named.name == context);
    let context = context.and_then(|named| named.context.as_ref());
    let cluster = context.and_then(|context| {
        let named = kubeconfig.clusters.iter().find(|named| named.name == context.cluster)?;
        named.cluster.as_ref()
    });
    cluster.and_then(|cluster| cluster.proxy_url.as_ref()).is_some_and(|proxy| !proxy.is_empty())
}

/// What is wrong with a kubeconfig. The client's own texts are not used where they could quote the file,
/// which holds tokens and keys.
fn kubeconfig_reason(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(error, path) => format!("{}: {error}", path.display()),
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => format!("it is not the YAML of a kubeconfig (line {})", place.line()),
            None => "it is not the YAML of a kubeconfig".to_owned(),
        },
        KubeconfigError::LoadContext(name) => format!("the context {name:?} is empty"),
        KubeconfigError::LoadClusterOfContext(name) => {
            format!("the context wants the cluster {name:?}, which is not defined")
        }
        KubeconfigError::MissingClusterUrl => "the cluster has no server".to_owned(),
        KubeconfigError::ParseClusterUrl(_) => "the server of the cluster is not a URL".to_owned(),
        KubeconfigError::ParseProxyUrl(_) => "the proxy is not a URL".to_owned(),
        KubeconfigError::ParseNoProxy(_) => "NO_PROXY is not a list of hosts and networks".to_owned(),
        KubeconfigError::LoadCertificateAuthority(LoadDataError::ReadFile(error, path)) => {
            format!("certificate-authority {}: {error}", path.display())
        }
        KubeconfigError::LoadCertificateAuthority(_) | KubeconfigError::ParseCertificates(_) => {
            "the certificate of the cluster's authority is not a PEM certificate".to_owned()
        }
        KubeconfigError::KindMismatch | KubeconfigError::ApiVersionMismatch => {
            "the files are of different kinds or versions".to_owned()
        }
        _ => "it is incomplete".to_owned(),
    }
}

fn joined(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| Path::display(path).to_string()).collect();
    if paths.is_empty() { "~/.kube/config".to_owned() } else { paths.join(", ") }
}

fn address(server: &http::Uri) -> String {
    let host = server.host().unwrap_or_default();
    let port = server.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", server.scheme_str().unwrap_or("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kubeconfig: Option<&str>, home: &Path, in_pod: bool) -> Result<Place, KubeError> {
        let environment =
            Environment { kubeconfig: kubeconfig.map(OsString::from), home: Some(home.to_owned()), in_pod };
        place(None, None, &environment)
    }

    #[test]
    fn places_are_looked_through_as_kubectl_does() {
        let home = tempfile::tempdir().unwrap();
        let nowhere = found(None, home.path(), false).unwrap_err().to_string();
        assert!(nowhere.contains(".kube/config"), "{nowhere}");
        let nowhere = found(Some("/nonexistent/a"), home.path(), false).unwrap_err().to_string();
        assert!(nowhere.contains("/nonexistent/a from KUBECONFIG"), "{nowhere}");
        assert_eq!(found(None, home.path(), true).unwrap(), Place::InCluster);

        let file = home.path().join(".kube/config");
        std::fs::create_dir(home.path().join(".kube")).unwrap();
        std::fs::write(&file, "").unwrap();
        assert_eq!(found(None, home.path(), true).unwrap(), Place::Files(vec![file.clone()]));
        let list = format!("/nonexistent/a::{}", file.display());
        assert_eq!(found(Some(&list), home.path(), false).unwrap(), Place::Files(vec![file]));
    }

    #[test]
    fn an_address_shows_no_user() {
        let address = address(&"https://me:secret@api.example:6443/base".parse().unwrap());
        assert_eq!(address, "https://api.example:6443");
    }
}
