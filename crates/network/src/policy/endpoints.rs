//! From the selectors of Calico and Cilium to peers. Both select pods by one set of labels in which the
//! labels of the pod, of its namespace and of its account stand side by side, told apart by their keys.

use compact_str::CompactString;

use super::context::{Context, label};
use super::{LabelMatch, Namespaces, Peer};

/// The label that the API server gives every namespace.
pub(super) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// What a key of a selector asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks<'k> {
    /// A label of the pod.
    Pod(&'k str),
    /// A label of the namespace.
    Namespace(&'k str),
    /// The name of the account.
    Account,
    /// A label of the account.
    AccountLabel(&'k str),
    /// The same for every pod: this value, or nothing.
    Fixed(Option<&'static str>),
    /// Something that is not known here.
    Unknown,
}

/// Translates the selectors of one API.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endpoints<'c> {
    pub(super) context: &'c Context,
    /// What its keys ask for.
    pub(super) asks: fn(&str) -> Asks<'_>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Pod,
    Namespace,
    Account,
    AccountLabel,
    Fixed,
    Mixed,
    Unknown,
}

impl Endpoints<'_> {
    /// The pods that a selector selects. `None` if it asks for something that is not known here.
    pub(super) fn pods(&self, selector: &LabelMatch) -> Option<Peer> {
        if self.sort(selector) == Sort::Unknown {
            return None;
        }
        Some(match self.tree(selector) {
            simple @ (Peer::Pods { .. } | Peer::Accounts { .. }) => simple,
            tree => Peer::All(vec![Peer::all_pods(), tree]),
        })
    }

    fn sort(&self, selector: &LabelMatch) -> Sort {
        let mut keys = Vec::new();
        selector.keys(&mut keys);
        let mut sorts = keys.iter().map(|key| match (self.asks)(key) {
            Asks::Pod(_) => Sort::Pod,
            Asks::Namespace(_) => Sort::Namespace,
            Asks::Account => Sort::Account,
            Asks::AccountLabel(_) => Sort::AccountLabel,
            Asks::Fixed(_) => Sort::Fixed,
            Asks::Unknown => Sort::Unknown,
        });
        let Some(first) = sorts.next() else { return Sort::Pod };
        sorts.fold(first, |sort, next| match (sort, next) {
            (Sort::Unknown, _) | (_, Sort::Unknown) => Sort::Unknown,
            (a, b) if a == b => a,
            _ => Sort::Mixed,
        })
    }

    /// A peer that is right about pods; about others it says nothing.
    fn tree(&self, selector: &LabelMatch) -> Peer {
        match self.sort(selector) {
            Sort::Pod => Peer::Pods { namespaces: Namespaces::All, pods: self.renamed(selector) },
            Sort::Namespace => {
                Peer::Pods { namespaces: scope(self.renamed(selector)), pods: LabelMatch::everything() }
            }
            Sort::Account => Peer::Accounts { namespaces: Namespaces::All, accounts: self.renamed(selector) },
            Sort::AccountLabel => self.accounts(selector),
            Sort::Fixed => self.fixed(selector),
            Sort::Mixed | Sort::Unknown => match selector {
                LabelMatch::All(parts) => self.all(parts),
                LabelMatch::Any(parts) => Peer::any(parts.iter().map(|part| self.tree(part)).collect()),
                LabelMatch::Not(part) => Peer::Not(Box::new(self.tree(part))),
                // A condition with one key is of one sort.
                _ => Peer::All(vec![Peer::Not(Box::new(Peer::Everything))]),
            },
        }
    }

    fn all(&self, parts: &[LabelMatch]) -> Peer {
        let (mut pods, mut namespaces, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            match self.sort(part) {
                Sort::Pod => pods.push(self.renamed(part)),
                Sort::Namespace => namespaces.push(self.renamed(part)),
                _ => rest.push(self.tree(part)),
            }
        }
        if rest.is_empty() || !pods.is_empty() || !namespaces.is_empty() {
            rest.insert(0, Peer::Pods { namespaces: scope(joined(namespaces)), pods: joined(pods) });
        }
        if rest.len() == 1 { rest.remove(0) } else { Peer::All(rest) }
    }

    /// The same condition on the keys that are asked for.
    fn renamed(&self, selector: &LabelMatch) -> LabelMatch {
        let key = |key: &CompactString| -> CompactString {
            match (self.asks)(key) {
                Asks::Pod(key) | Asks::Namespace(key) | Asks::AccountLabel(key) => key.into(),
                Asks::Account => Peer::ACCOUNT_NAME.into(),
                Asks::Fixed(_) | Asks::Unknown => key.clone(),
            }
        };
        let all = |parts: &[LabelMatch]| parts.iter().map(|part| self.renamed(part)).collect();
        match selector {
            LabelMatch::All(parts) => LabelMatch::All(all(parts)),
            LabelMatch::Any(parts) => LabelMatch::Any(all(parts)),
            LabelMatch::Not(part) => LabelMatch::Not(Box::new(self.renamed(part))),
            LabelMatch::Has(own) => LabelMatch::Has(key(own)),
            LabelMatch::In(own, values) => LabelMatch::In(key(own), values.clone()),
            LabelMatch::Contains(own, text) => LabelMatch::Contains(key(own), text.clone()),
            LabelMatch::StartsWith(own, text) => LabelMatch::StartsWith(key(own), text.clone()),
            LabelMatch::EndsWith(own, text) => LabelMatch::EndsWith(key(own), text.clone()),
            LabelMatch::Above(own, bound) => LabelMatch::Above(key(own), *bound),
            LabelMatch::Below(own, bound) => LabelMatch::Below(key(own), *bound),
            LabelMatch::Nothing => LabelMatch::Nothing,
        }
    }

    /// The accounts with such labels. One that has no object has no labels.
    fn accounts(&self, selector: &LabelMatch) -> Peer {
        let selector = self.renamed(selector);
        let without_labels = selector.matches(&|_: &str| None);
        let apart: Vec<Peer> = self
            .context
            .accounts
            .iter()
            .filter(|(_, _, labels)| selector.matches(&|key| label(labels, key)) != without_labels)
            .map(|(namespace, name, _)| Peer::Accounts {
                namespaces: Namespaces::One(namespace.clone()),
                accounts: LabelMatch::equals(Peer::ACCOUNT_NAME, name),
            })
            .collect();
        if without_labels { Peer::Not(Box::new(Peer::any(apart))) } else { Peer::any(apart) }
    }

    fn fixed(&self, selector: &LabelMatch) -> Peer {
        let value = |key: &str| match (self.asks)(key) {
            Asks::Fixed(value) => value,
            _ => None,
        };
        let pods = if selector.matches(&value) { LabelMatch::everything() } else { LabelMatch::Nothing };
        Peer::Pods { namespaces: Namespaces::All, pods }
    }
}

fn joined(mut parts: Vec<LabelMatch>) -> LabelMatch {
    if parts.len() == 1 { parts.remove(0) } else { LabelMatch::All(parts) }
}

/// The namespaces with such labels; the one of a name by its name, which is found faster.
pub(super) fn scope(labels: LabelMatch) -> Namespaces {
    let labels = match labels {
        LabelMatch::All(mut parts) if parts.len() == 1 => parts.remove(0),
        labels => labels,
    };
    match &labels {
        LabelMatch::In(key, values) if key == NAMESPACE_NAME && values.len() == 1 => {
            Namespaces::One(values.concat().into())
        }
        labels if labels.is_everything() => Namespaces::All,
        _ => Namespaces::Labelled(labels),
    }
}
