//! Configuration, connection, credentials.

use std::time::Duration;

use ironhull_kube::{ClusterOptions, KubeError, list};

use crate::server::{Answer, Server, healthy, kubeconfig, ok, refuse};

fn error(options: &ClusterOptions) -> (KubeError, String) {
    let error = list(options, &|_, _| {}).unwrap_err();
    let text = error.to_string();
    assert!(!format!("{text}{error:?}").contains("the-token"), "{error:?}");
    (error, text)
}

#[test]
fn an_unknown_context_names_those_that_exist() {
    let server = Server::start(healthy(|_| None));
    let mut options = server.options(&[]);
    options.context = Some("prod".to_owned());
    let (error, text) = error(&options);
    assert!(matches!(error, KubeError::UnknownContext { .. }), "{text}");
    assert!(text.contains("\"prod\"") && text.ends_with("test, other"), "{text}");
}

#[test]
fn a_context_without_its_cluster_is_told() {
    let server = Server::start(healthy(|_| None));
    let mut options = server.options(&[]);
    options.context = Some("other".to_owned());
    let (_, text) = error(&options);
    assert!(text.contains("the cluster \"gone\""), "{text}");
}

#[test]
fn a_kubeconfig_that_is_missing_broken_or_empty_is_told_without_its_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    let options = ClusterOptions { kubeconfig: Some(path.clone()), ..ClusterOptions::default() };
    assert!(error(&options).1.contains("No such file"));
    let broken = kubeconfig("http://x", "", "{token: the-token, tokenFile: [the-token]}");
    std::fs::write(&path, broken).unwrap();
    let (_, text) = error(&options);
    assert!(text.contains("not the YAML of a kubeconfig (line 8)"), "{text}");
    std::fs::write(&path, "kind: Config\napiVersion: v1\n").unwrap();
    let (error, text) = error(&options);
    assert!(matches!(error, KubeError::NoCurrentContext { .. }), "{text}");
}

#[test]
fn a_server_that_does_not_listen_is_told_with_its_address() {
    let server = Server::start(healthy(|_| None));
    let mut options = server.options(&[]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://me:the-token@127.0.0.1:{port}");
    std::fs::write(options.kubeconfig.as_ref().unwrap(), kubeconfig(&url, "", "{}")).unwrap();
    options.timeout = Duration::from_secs(5);
    let (error, text) = error(&options);
    assert!(matches!(error, KubeError::Connect { .. }), "{error:?}");
    assert!(text.contains(&format!("http://127.0.0.1:{port}: Connection refused")), "{text}");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let server = Server::start(|_| Answer { delay: Duration::from_secs(30), ..ok("{}") });
    let mut options = server.options(&[]);
    options.timeout = Duration::from_millis(300);
    let (error, text) = error(&options);
    assert!(matches!(error, KubeError::Timeout { .. }), "{error:?}");
    assert!(text.ends_with("within 0.3 s"), "{text}");
}

#[test]
fn credentials_that_are_not_accepted_end_it() {
    let server = Server::start(|_| refuse(401, "Unauthorized"));
    assert!(matches!(error(&server.options(&[])).0, KubeError::Unauthorized { .. }));
    // The version is public on most servers; the list of kinds is not.
    let server = Server::start(healthy(|asked| (asked.path == "/api").then(|| refuse(401, "Unauthorized"))));
    assert!(matches!(error(&server.options(&[("", "Pod")])).0, KubeError::Unauthorized { .. }));
}

#[test]
fn a_server_that_hides_its_kinds_ends_it() {
    let server = Server::start(healthy(|asked| (asked.path == "/api").then(|| refuse(403, "not you"))));
    let (error, text) = error(&server.options(&[("", "Pod")]));
    assert!(matches!(error, KubeError::Discovery { .. }), "{text}");
    assert!(text.ends_with("403 Forbidden: not you"), "{text}");
}

#[test]
fn the_token_is_sent_and_a_refused_version_is_no_failure() {
    let server = Server::start(healthy(|asked| {
        let refused = !asked.headers.contains("authorization: bearer the-token") || asked.path == "/version";
        refused.then(|| refuse(403, "no"))
    }));
    let listed = server.list(&[("", "Pod")]).unwrap();
    assert_eq!((listed.objects.len(), listed.version.as_str()), (1, ""));
}

#[test]
#[cfg(unix)]
fn the_output_of_a_failing_plugin_is_not_shown() {
    let server = Server::start(healthy(|_| None));
    let mut options = server.options(&[]);
    for (script, reason) in [
        ("echo the-token; exit 3", "the credential plugin failed (exit status: 3)"),
        ("echo '{status: [the-token]}'", "did not answer with an ExecCredential"),
    ] {
        let user = format!(
            "{{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: [-c, \"{script}\"]}}}}"
        );
        options.kubeconfig = Some(server.kubeconfig("", &user));
        let (error, text) = error(&options);
        assert!(matches!(error, KubeError::Credentials { .. }), "{error:?}");
        assert!(text.contains(reason), "{text}");
    }
    options.kubeconfig = Some(server.kubeconfig(
        "",
        "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: /nonexistent/plugin}}",
    ));
    assert!(error(&options).1.contains("cannot be started"));
}
