//! Reaching a server and a cluster.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueHint};
use ironhull_kube::{Access, Cluster, ResourcePath};
use ironhull_server::Client;
use serde::de::DeserializeOwned;

use crate::live::random_key;
use crate::serve::api::model::Problem;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The cluster that kubectl talks to.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Where {
    /// The kubeconfig.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

/// A server of `ironhull serve`.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ServerArgs {
    /// The server, https://host:port; IRONHULL_SERVER without it.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The certificates of the authority that the server's certificate comes from, as PEM; IRONHULL_CA without it, and
    /// without that what the cluster has registered for the server.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ca: Option<PathBuf>,
    /// A file with the token; without it IRONHULL_TOKEN, and without that the token of the kubeconfig.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    token_file: Option<PathBuf>,
    /// The token itself. Others on the machine may see it; a file or IRONHULL_TOKEN is better.
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    token: Option<String>,
    #[command(flatten)]
    pub(super) place: Where,
}

/// A server that can be asked.
pub(super) struct Server(Client);

impl Where {
    pub(super) async fn connect(&self) -> anyhow::Result<Cluster> {
        let access = Access {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            timeout: TIMEOUT,
            secret_key: random_key()?,
            ..Access::default()
        };
        Ok(Cluster::connect(&access).await?)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl ServerArgs {
    /// Where the server is, if anybody said.
    pub(super) fn url(&self) -> Option<String> {
        self.server.clone().or_else(|| variable("IRONHULL_SERVER"))
    }

    pub(super) async fn open(&self) -> anyhow::Result<Server> {
        let url =
            self.url().context("name the server with --server https://host:port, or in IRONHULL_SERVER")?;
        let authorities = self.authorities().await?;
        let token = self.token().await?;
        let client = Client::new(&url, &authorities, token.as_deref(), TIMEOUT).context("--server")?;
        Ok(Server(client))
    }

    async fn authorities(&self) -> anyhow::Result<Vec<u8>> {
        if let Some(file) = self.ca.clone().or_else(|| variable("IRONHULL_CA").map(PathBuf::from)) {
            return std::fs::read(&file).with_context(|| format!("--ca {}", file.display()));
        }
        let missing = "the authority of the server's certificate is not known; give it with --ca FILE";
        let cluster = self.place.connect().await.context(missing)?;
        let path = ResourcePath::new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations")
            .named(crate::serve::registration::NAME);
        let found = cluster.get(&path).await.context(missing)?;
        let bundle = found
            .dig_items(&["webhooks"])
            .iter()
            .find_map(|hook| hook.dig_str(&["clientConfig", "caBundle"]).filter(|text| !text.is_empty()));
        bundle.and_then(|text| STANDARD.decode(text).ok()).context(missing)
    }

    async fn token(&self) -> anyhow::Result<Option<String>> {
        if let Some(token) = &self.token {
            return Ok(Some(token.trim().to_owned()));
        }
        if let Some(file) = &self.token_file {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("--token-file {}", file.display()))?;
            return Ok(Some(text.trim().to_owned()));
        }
        if let Some(token) = variable("IRONHULL_TOKEN") {
            return Ok(Some(token.trim().to_owned()));
        }
        // Who has none is told by the server.
        Ok(ironhull_kube::token(self.place.kubeconfig.as_deref(), self.place.context.as_deref())
            .await
            .unwrap_or_default())
    }
}

impl Server {
    /// What the server answers. A refusal is an error that says what to do.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> anyhow::Result<T> {
        let (code, answer) = self.0.ask(path, body).await?;
        if code == 200 {
            return serde_json::from_slice(&answer).with_context(|| format!("the answer to {path}"));
        }
        let told = serde_json::from_slice::<Problem>(&answer).map(|problem| problem.error);
        let told = told.unwrap_or_else(|_| String::from_utf8_lossy(&answer).chars().take(200).collect());
        match code {
            401 => bail!(
                "{told}; give a token of the cluster with --token-file FILE or IRONHULL_TOKEN \
                 (`kubectl create token NAME` makes one)"
            ),
            404 if told.trim() == "not found" => {
                bail!("the server has no such path: is it `ironhull serve`?")
            }
            _ => bail!("{told} ({code})"),
        }
    }
}
