//! What a picture is made of. Callers build a [`Picture`]; the drawing functions only read it.

/// Who can talk to whom, ready to be drawn.
///
/// The order of groups, nodes and edges is the tie-breaker of the layout: the same picture gives the same
/// bytes, and a caller that sorts its input gets stable drawings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// The heading. May be empty.
    pub title: String,
    /// One line below the heading. May be empty.
    pub subtitle: String,
    /// What a reader must know to read the picture right, such as what could not be evaluated. One
    /// paragraph each; drawn below the picture.
    pub notes: Vec<String>,
    /// Namespaces, and groups of things outside of namespaces.
    pub groups: Vec<Group>,
    /// Connections. Equal edges count once. An end that no node has as its id is drawn as a node of its
    /// own in a group named "not described", so that no connection is lost.
    pub edges: Vec<Edge>,
    /// What marks of edges mean in this picture, where it is not what [`EdgeMark`] says.
    pub words: Vec<(EdgeMark, String)>,
}

/// One namespace, or a set of things that live in none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The namespace, or a heading such as "Outside".
    pub name: String,
    /// True for what lives in no namespace: the internet, address ranges, ingress controllers, domain
    /// names, the cluster's nodes.
    pub outside: bool,
    /// The members.
    pub nodes: Vec<Node>,
}

/// One end of connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// What edges refer to. Unique in the picture; of two nodes with one id the first gets the edges.
    pub id: String,
    /// The name to show.
    pub label: String,
    /// `Deployment`, `Pod`, … May be empty.
    pub kind: String,
    /// What sort of thing it is: decides its sign and its side of the picture.
    pub class: NodeClass,
    /// The directions that no policy restricts.
    pub unprotected: Unprotected,
    /// Why it stands out.
    pub mark: Mark,
    /// More lines about it, for tooltips and the side panel.
    pub detail: Vec<String>,
}

/// What sort of thing a node is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeClass {
    /// Pods, or what makes pods.
    #[default]
    Workload,
    /// Everything outside of the cluster.
    Internet,
    /// A range of addresses.
    Addresses,
    /// An ingress controller, gateway or route: where requests come in.
    Ingress,
    /// A domain name.
    Name,
    /// A node of the cluster.
    Host,
}

/// The directions of a workload that no policy restricts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unprotected {
    /// No policy restricts what may connect to it.
    pub ingress: bool,
    /// No policy restricts where it may connect to.
    pub egress: bool,
}

/// Why a node stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// It does not.
    #[default]
    None,
    /// The picture is about it.
    Focus,
    /// Reached from the focus or entry point after so many connections.
    Reached(u32),
    /// Where an attacker or a request comes in.
    EntryPoint,
    /// Only in the newer of two states.
    Added,
    /// Only in the older of two states.
    Removed,
    /// In both states, with different rules.
    Changed,
}

/// Allowed connections from one node to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    /// The id of the node that connects.
    pub from: String,
    /// The id of the node that is connected to. May equal `from`.
    pub to: String,
    /// The ports, such as `TCP 80,443` or `All Connections`.
    pub label: String,
    /// Why it stands out.
    pub mark: EdgeMark,
    /// More lines about it, such as the policies that allow it.
    pub detail: Vec<String>,
}

/// Why an edge stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeMark {
    /// It does not.
    #[default]
    Normal,
    /// Only in the newer of two states.
    Added,
    /// Only in the older of two states.
    Removed,
    /// In both states, with different ports.
    Changed,
    /// Part of the path that the picture is about.
    Path,
    /// It could not be decided whether the connection is allowed.
    Unknown,
}

impl EdgeMark {
    /// All, each at the place that it has as a number.
    pub(super) const ALL: [Self; 6] =
        [Self::Normal, Self::Added, Self::Removed, Self::Changed, Self::Path, Self::Unknown];

    /// What it means where a picture says nothing else.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "other ports than before",
            Self::Path => "part of the path",
            Self::Unknown => "could not be decided",
        }
    }
}

/// How to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The widest the drawing may be, in CSS pixels. Below about 360 it is scaled down instead.
    pub max_width: u32,
    /// Colours.
    pub theme: Theme,
    /// How far connections and workloads are merged.
    pub fold: Fold,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_width: 1600, theme: Theme::Auto, fold: Fold::Auto }
    }
}

/// The colours of a drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light or dark as the reader's system asks for; light on paper.
    #[default]
    Auto,
    /// Dark ink on a light ground.
    Light,
    /// Light ink on a dark ground.
    Dark,
}

/// How far a drawing merges. Every setting shows exactly the same connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fold {
    /// As far as it takes to stay readable.
    #[default]
    Auto,
    /// One line for each edge and one box for each node.
    Never,
    /// As far as possible.
    Always,
}
