//! Helm is not at hand where tests run, so its `if`s and values are played here: with every choice the chart has to
//! come out as what `ironhull install` prints. What is not understood here is a failure.

use super::*;

/// The lines for which all conditions hold, with values put in.
fn played(template: &str, tls: Tls, pod_security: bool) -> String {
    let mut out = String::new();
    let mut open: Vec<bool> = Vec::new();
    for line in template.lines() {
        let action = line.strip_prefix("{{- ").and_then(|rest| rest.strip_suffix(" }}"));
        match action {
            Some("end") => assert!(open.pop().is_some(), "an end too many"),
            Some("else") => {
                let last = open.last_mut().expect("an else within an if");
                *last = !*last;
            }
            Some(condition) => open.push(match condition.strip_prefix("if ").expect("an if") {
                ".Values.podSecurity" => pod_security,
                "not (.Values.podSecurity)" => !pod_security,
                "eq .Values.tls \"cert-manager\"" => tls == Tls::CertManager,
                "not (eq .Values.tls \"cert-manager\")" => tls == Tls::Own,
                other => panic!("{other} is no condition"),
            }),
            None if open.iter().all(|holds| *holds) && !line.starts_with("{{- /*") => {
                out.push_str(line);
                out.push('\n');
            }
            None => {}
        }
    }
    assert!(open.is_empty(), "an if without its end");
    let [admission, controller] = Settings::usual_resources().map(|value| {
        let lines = yaml::document(&value);
        lines.lines().map(|line| format!("\n{:10}{line}", "")).collect::<String>()
    });
    let values = [
        ("{{ .Release.Namespace }}", "place"),
        ("{{ .Values.image | quote }}", "\"x/ironhull:1\""),
        ("{{ .Values.replicas }}", "3"),
        ("{{ .Values.mode }}", "shadow"),
        (" {{- toYaml .Values.resources.admission | nindent 10 }}", &admission),
        (" {{- toYaml .Values.resources.controller | nindent 10 }}", &controller),
    ];
    let filled = values.iter().fold(out, |text, (place, value)| text.replace(place, value));
    assert!(!filled.contains("{{") && !filled.contains("PLACE"), "{filled}");
    filled
}

#[test]
fn the_chart_is_what_install_prints() {
    for (tls, pod_security) in
        [(Tls::Own, false), (Tls::Own, true), (Tls::CertManager, false), (Tls::CertManager, true)]
    {
        let settings = Settings {
            namespace: "place".to_owned(),
            image: "x/ironhull:1".to_owned(),
            replicas: json!(3),
            mode: "shadow".to_owned(),
            pod_security,
            tls,
            resources: Settings::usual_resources(),
        };
        let mut wanted: Vec<String> = objects(&settings).iter().map(yaml::document).collect();
        let mut found: Vec<String> = Vec::new();
        for (name, text) in files() {
            let is_generated = GROUPS.iter().any(|(group, _)| name == format!("templates/{group}.yaml"));
            if is_generated {
                let text = played(&text, tls, pod_security);
                found.extend(text.split("---\n").filter(|one| !one.is_empty()).map(str::to_owned));
            }
        }
        wanted.sort();
        found.sort();
        assert_eq!(found, wanted, "{tls:?}, Pod Security {pod_security}");
    }
}

#[test]
fn the_values_are_the_options() {
    let values = values();
    for (_, place) in PLACES {
        let Some((_, name)) = place.split_once(".Values.") else { continue };
        let name = name.split([' ', '.']).next().unwrap();
        assert!(values.contains(&format!("\n{name}:")), "{name}");
    }
}
