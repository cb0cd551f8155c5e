//! Effective security contexts: what a container really runs with.
//!
//! Source of the semantics: kubernetes/kubernetes `pkg/securitycontext/util.go` and
//! `pkg/kubelet/kuberuntime/security_context_others.go`. Per field the container wins over the pod;
//! `seLinuxOptions` is replaced as a whole, `windowsOptions` field by field.

use ironhull_value::{Path, Value};

use crate::container::Container;

/// An effective value and the field that decides it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<T> {
    /// The value after inheritance and defaults.
    pub value: T,
    /// Where it is written, or where it would have to be written when it is a default.
    pub path: Path,
    /// Whether somebody wrote it, or it is the default.
    pub written: bool,
}

impl<T> Field<T> {
    fn written(value: T, path: Path) -> Self {
        Self { value, path, written: true }
    }

    fn default(value: T, path: Path) -> Self {
        Self { value, path, written: false }
    }
}

/// A seccomp or AppArmor profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile<'w> {
    /// Nothing is said: seccomp is then unconfined unless the kubelet defaults it, AppArmor is the
    /// runtime's default where the node has it.
    Unset,
    /// The container runtime's profile.
    RuntimeDefault,
    /// A profile on the node.
    Localhost(&'w str),
    /// Explicitly none.
    Unconfined,
    /// A value that Kubernetes does not know.
    Other(&'w str),
}

/// One entry of `capabilities.add` or `.drop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Upper case without `CAP_`: `NET_ADMIN`, `ALL`.
    pub name: String,
    /// Where it is written.
    pub path: Path,
}

impl<'w> Container<'_, 'w> {
    /// `privileged`, default false.
    pub fn privileged(&self) -> Field<bool> {
        self.own_bool("privileged", false)
    }

    /// `allowPrivilegeEscalation`. Absent means allowed; a privileged container, or one that adds
    /// `SYS_ADMIN`, may always.
    pub fn allow_privilege_escalation(&self) -> Field<bool> {
        self.own_bool("allowPrivilegeEscalation", true)
    }

    /// `readOnlyRootFilesystem`, default false.
    pub fn read_only_root_filesystem(&self) -> Field<bool> {
        self.own_bool("readOnlyRootFilesystem", false)
    }

    /// `procMount`, default `Default`.
    pub fn proc_mount(&self) -> Field<&'w str> {
        let path = self.own_path(&["procMount"]);
        match self.own("procMount").and_then(Value::as_str) {
            Some(value) => Field::written(value, path),
            None => Field::default("Default", path),
        }
    }

    /// `runAsNonRoot` of the container, else of the pod.
    pub fn run_as_non_root(&self) -> Field<Option<bool>> {
        let (value, path, written) = self.inherited("runAsNonRoot");
        Field { value: value.and_then(Value::as_bool), path, written }
    }

    /// `runAsUser` of the container, else of the pod; none means that the image decides.
    pub fn run_as_user(&self) -> Field<Option<i64>> {
        let (value, path, written) = self.inherited("runAsUser");
        Field { value: value.and_then(Value::as_i64), path, written }
    }

    /// `runAsGroup` of the container, else of the pod; none means that the image decides.
    pub fn run_as_group(&self) -> Field<Option<i64>> {
        let (value, path, written) = self.inherited("runAsGroup");
        Field { value: value.and_then(Value::as_i64), path, written }
    }

    /// `seLinuxOptions` of the container, else of the pod, never a mix of both.
    pub fn selinux_options(&self) -> Field<Option<&'w Value>> {
        let (value, path, written) = self.inherited("seLinuxOptions");
        Field { value, path, written }
    }

    /// `windowsOptions.hostProcess` of the container, else of the pod.
    pub fn host_process(&self) -> Field<bool> {
        let keys = ["windowsOptions", "hostProcess"];
        let context = self.pod.security_context();
        if let Some(value) = self.own("windowsOptions").and_then(|own| own.get("hostProcess")?.as_bool()) {
            return Field::written(value, self.own_path(&keys));
        }
        let path = self.pod.field(&["securityContext"]).keys(&keys);
        match context.dig(&keys).and_then(Value::as_bool) {
            Some(value) => Field::written(value, path),
            None => Field::default(false, path),
        }
    }

    /// The seccomp profile of the container, else of the pod. The annotations of old are not read since
    /// Kubernetes 1.27.
    pub fn seccomp(&self) -> Field<Profile<'w>> {
        let (value, path, written) = self.inherited("seccompProfile");
        profile(value, path, written)
    }

    /// The AppArmor profile: the container's field, else its annotation, else the pod's field.
    pub fn app_armor(&self) -> Field<Profile<'w>> {
        if let Some(value) = self.own("appArmorProfile") {
            return profile(Some(value), self.own_path(&["appArmorProfile"]), true);
        }
        let key = format!("container.apparmor.security.beta.kubernetes.io/{}", self.name());
        if let Some(text) = self.pod.annotation(&key) {
            let path = self.pod.path.keys(&["metadata", "annotations", &key]);
            let value = match text {
                "runtime/default" => Profile::RuntimeDefault,
                "unconfined" => Profile::Unconfined,
                "" => Profile::Unset,
                _ => match text.strip_prefix("localhost/") {
                    Some(name) => Profile::Localhost(name),
                    None => Profile::Other(text),
                },
            };
            return Field::written(value, path);
        }
        let (value, path, written) = self.inherited("appArmorProfile");
        profile(value, path, written)
    }

    /// `capabilities.add`.
    pub fn added_capabilities(&self) -> Vec<Capability> {
        self.capabilities("add")
    }

    /// `capabilities.drop`.
    pub fn dropped_capabilities(&self) -> Vec<Capability> {
        self.capabilities("drop")
    }

    /// The container's value of a field, else the pod's, with the deciding path. An absent field would be
    /// written at the container, where it wins.
    fn inherited(&self, field: &str) -> (Option<&'w Value>, Path, bool) {
        if let Some(value) = self.own(field) {
            return (Some(value), self.own_path(&[field]), true);
        }
        match self.pod.security_context().get(field) {
            Some(value) => (Some(value), self.pod.field(&["securityContext", field]), true),
            None => (None, self.own_path(&[field]), false),
        }
    }

    fn own_bool(&self, field: &str, default: bool) -> Field<bool> {
        let path = self.own_path(&[field]);
        match self.own(field).and_then(Value::as_bool) {
            Some(value) => Field::written(value, path),
            None => Field::default(default, path),
        }
    }

    fn capabilities(&self, list: &str) -> Vec<Capability> {
        let items = self.own("capabilities").map(|value| value.dig_items(&[list])).unwrap_or_default();
        let names = items.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_str()?)));
        names
            .map(|(index, name)| {
                let upper = name.to_ascii_uppercase();
                let name = upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned();
                Capability { name, path: self.own_path(&["capabilities", list]).child(index) }
            })
            .collect()
    }
}

fn profile(value: Option<&Value>, path: Path, written: bool) -> Field<Profile<'_>> {
    let kind = value.and_then(|value| value.get("type")?.as_str());
    let name = value.and_then(|value| value.get("localhostProfile")?.as_str()).unwrap_or_default();
    let value = match kind {
        None => Profile::Unset,
        Some("RuntimeDefault") => Profile::RuntimeDefault,
        Some("Localhost") => Profile::Localhost(name),
        Some("Unconfined") => Profile::Unconfined,
        Some(other) => Profile::Other(other),
    };
    Field { value, path: if written { path.child("type") } else { path }, written }
}
