//! The file that says who asks.

use ironhull_value::{Map, Value};

use super::fields::{get, only, text, texts};
use crate::kyverno::request::User;

/// Reads a `UserInfo` as Kyverno's command line takes it; `at` is what to call it.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read_user(value: &Value, at: &str) -> Result<User, String> {
    let known = ["apiVersion", "kind", "metadata", "roles", "clusterRoles", "userInfo", "synchronize"];
    only(value, at, &known)?;
    let info = get(value, "userInfo").cloned().unwrap_or_else(|| Value::Map(Map::default()));
    only(&info, "`userInfo`", &["username", "uid", "groups", "extra"])?;
    let own = |value: &Value, name: &str| -> Result<Vec<_>, String> {
        Ok(texts(value, name)?.into_iter().map(Into::into).collect())
    };
    Ok(User {
        username: text(&info, "username")?.into(),
        uid: text(&info, "uid")?.into(),
        groups: own(&info, "groups")?,
        roles: own(value, "roles")?,
        cluster_roles: own(value, "clusterRoles")?,
    })
}
