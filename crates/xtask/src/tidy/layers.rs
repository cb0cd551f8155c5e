//! The layers of the architecture and which may know which.

/// Where a crate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// The pure centre, with the crate's place in it: a later one may know an earlier one.
    Kernel(u8),
    /// One language or standard each.
    Engine,
    /// One area of the product each.
    Domain,
    /// All input and output.
    Adapter,
    /// The program.
    Binary,
    /// For work on the project: test kit and tasks.
    Tool,
}

/// The only table of crates. A new crate is added here together with its row in `ARCHITECTURE.md`.
const TABLE: &[(&str, Layer)] = &[
    ("ironhull-value", Layer::Kernel(0)),
    ("ironhull-manifest", Layer::Kernel(1)),
    ("ironhull-world", Layer::Kernel(2)),
    ("ironhull-finding", Layer::Kernel(3)),
    ("ironhull-report", Layer::Kernel(4)),
    ("ironhull-cel", Layer::Engine),
    ("ironhull-detect", Layer::Engine),
    ("ironhull-gotemplate", Layer::Engine),
    ("ironhull-jmespath", Layer::Engine),
    ("ironhull-podsecurity", Layer::Engine),
    ("ironhull-rego", Layer::Engine),
    ("ironhull-audit", Layer::Domain),
    ("ironhull-image", Layer::Domain),
    ("ironhull-network", Layer::Domain),
    ("ironhull-policy", Layer::Domain),
    ("ironhull-posture", Layer::Domain),
    ("ironhull-runtime", Layer::Domain),
    ("ironhull-secret", Layer::Domain),
    ("ironhull-files", Layer::Adapter),
    ("ironhull-kube", Layer::Adapter),
    ("ironhull-prober", Layer::Adapter),
    ("ironhull-providers", Layer::Adapter),
    ("ironhull-registry", Layer::Adapter),
    ("ironhull-sensor", Layer::Adapter),
    ("ironhull-server", Layer::Adapter),
    ("ironhull-sinks", Layer::Adapter),
    ("ironhull-store", Layer::Adapter),
    ("ironhull", Layer::Binary),
    ("ironhull-loadgen", Layer::Tool),
    ("ironhull-testkit", Layer::Tool),
    ("xtask", Layer::Tool),
];

/// The layer of a package, `None` for one that the table does not know.
pub(crate) fn of(package: &str) -> Option<Layer> {
    TABLE.iter().find(|(name, _)| *name == package).map(|(_, layer)| *layer)
}

impl Layer {
    /// Whether a normal dependency from this layer to the other is an arrow of the architecture.
    pub(crate) fn may_use(self, other: Self) -> bool {
        match (self, other) {
            (Self::Kernel(own), Self::Kernel(used)) => used < own,
            (Self::Engine | Self::Adapter, Self::Kernel(_)) => true,
            (Self::Domain, Self::Kernel(_) | Self::Engine) => true,
            (Self::Binary | Self::Tool, Self::Kernel(_) | Self::Engine | Self::Domain | Self::Adapter) => {
                true
            }
            _ => false,
        }
    }

    /// Below the adapter line: no input, output, clock, environment or randomness.
    pub(crate) fn is_pure(self) -> bool {
        matches!(self, Self::Kernel(_) | Self::Engine | Self::Domain)
    }

    /// What the layer may use, for messages.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::Kernel(_) => {
                "a kernel crate may use earlier kernel crates (value, manifest, world, finding, report)"
            }
            Self::Engine => "an engine may use the kernel only",
            Self::Domain => "a domain may use the kernel and engines",
            Self::Adapter => "an adapter may use the kernel only",
            Self::Binary => "the binary may use everything but tools",
            Self::Tool => "a tool may use everything but the binary and other tools",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_down() {
        let layer = |name| of(name).unwrap();
        let (value, report) = (layer("ironhull-value"), layer("ironhull-report"));
        let (engine, domain) = (layer("ironhull-cel"), layer("ironhull-posture"));
        let (adapter, binary) = (layer("ironhull-kube"), layer("ironhull"));
        for (from, to) in
            [(report, value), (engine, value), (domain, engine), (adapter, report), (binary, adapter)]
        {
            assert!(from.may_use(to), "{from:?} -> {to:?}");
            assert!(!to.may_use(from), "{to:?} -> {from:?}");
        }
        for same in [value, engine, domain, adapter, binary, layer("xtask")] {
            assert!(!same.may_use(same), "{same:?}");
        }
        assert!(!adapter.may_use(domain) && !domain.may_use(adapter) && !binary.may_use(layer("xtask")));
    }

    #[test]
    fn no_crate_has_two_places() {
        let mut names: Vec<_> = TABLE.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }
}
