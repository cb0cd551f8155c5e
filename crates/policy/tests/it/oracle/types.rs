//! The types of pods that the crate has beside its code.

use serde_json::{Value, json};

use super::Setting;

/// `IRONHULL_ORACLE_WRITE=1` writes them anew.
#[test]
fn types_are_those_of_the_oracle() {
    let Some(setting) = Setting::of("types of pods") else { return };
    let reply = setting.ask("types", &[json!({})]).remove(0);
    let lines = reply["types"].as_array().unwrap().iter().filter_map(Value::as_str);
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/kyverno/pod_security/types.txt");
    if std::env::var_os("IRONHULL_ORACLE_WRITE").is_some() {
        std::fs::write(path, &text).expect("the types can be written");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}
