//! Which updates of pods are judged: those of images and of the set of containers, as nothing else that matters
//! can be changed.

use ironhull_value::Value;

pub(super) fn is_significant(pod: &Value, old: &Value) -> bool {
    let list = |pod: &'_ Value, key: &str| pod.dig_items(&["spec", key]).to_vec();
    let image = |container: &Value| container.dig_str(&["image"]).unwrap_or_default().to_owned();
    for key in ["containers", "initContainers"] {
        let (new, old) = (list(pod, key), list(old, key));
        if new.len() != old.len() || new.iter().zip(&old).any(|(new, old)| image(new) != image(old)) {
            return true;
        }
    }
    let before = list(old, "ephemeralContainers");
    list(pod, "ephemeralContainers").iter().any(|container| {
        let name = container.dig_str(&["name"]);
        let known = before.iter().find(|old| old.dig_str(&["name"]) == name);
        known.is_none_or(|old| image(old) != image(container))
    })
}
