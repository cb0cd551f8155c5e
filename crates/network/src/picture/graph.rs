//! A picture with numbers for names: what folding and layout work on.

use super::model::{Edge, EdgeMark, Group, Node, Picture};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// The nodes and the distinct edges of a picture.
pub(super) struct Graph<'a> {
    /// Every node, those that only edges speak of at the end.
    pub(super) nodes: Vec<Member<'a>>,
    /// Every group that has a node, in order.
    pub(super) groups: Vec<Cluster<'a>>,
    /// What edges say, each once: ports and mark.
    pub(super) keys: Vec<Key<'a>>,
    /// Sorted, each once.
    pub(super) edges: Vec<Link>,
    /// What callers said about single edges.
    pub(super) details: FxHashMap<Link, &'a [String]>,
    words: &'a [(EdgeMark, String)],
}

pub(super) struct Member<'a> {
    pub(super) node: Cow<'a, Node>,
    pub(super) group: usize,
}

pub(super) struct Cluster<'a> {
    pub(super) name: &'a str,
    pub(super) outside: bool,
    pub(super) members: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    pub(super) label: &'a str,
    pub(super) mark: EdgeMark,
}

/// One edge: the numbers of its nodes and of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) key: u32,
}

impl<'a> Graph<'a> {
    pub(super) fn new(picture: &'a Picture) -> Self {
        let mut builder = Builder { words: &picture.words, ..Builder::default() };
        for group in &picture.groups {
            builder.group(group);
        }
        let mut details = FxHashMap::default();
        let links = picture
            .edges
            .iter()
            .map(|edge| {
                let link = builder.link(edge);
                if !edge.detail.is_empty() {
                    details.entry(link).or_insert(edge.detail.as_slice());
                }
                link
            })
            .collect();
        builder.finish(links, details)
    }

    /// What a mark means in this picture.
    pub(super) fn word(&self, mark: EdgeMark) -> &'a str {
        self.words.iter().find(|(own, _)| *own == mark).map_or(mark.word(), |(_, word)| word)
    }

    pub(super) fn is_outside(&self, node: u32) -> bool {
        self.nodes
            .get(node as usize)
            .and_then(|member| self.groups.get(member.group))
            .is_some_and(|group| group.outside)
    }
}

#[derive(Default)]
struct Builder<'a> {
    nodes: Vec<Member<'a>>,
    groups: Vec<Cluster<'a>>,
    ids: FxHashMap<&'a str, u32>,
    keys: Vec<Key<'a>>,
    key_ids: FxHashMap<Key<'a>, u32>,
    strangers: Option<usize>,
    words: &'a [(EdgeMark, String)],
}

impl<'a> Builder<'a> {
    fn group(&mut self, group: &'a Group) {
        if group.nodes.is_empty() {
            return;
        }
        let index = self.groups.len();
        let mut members = Vec::with_capacity(group.nodes.len());
        for node in &group.nodes {
            let id = number(self.nodes.len());
            self.ids.entry(&node.id).or_insert(id);
            self.nodes.push(Member { node: Cow::Borrowed(node), group: index });
            members.push(id);
        }
        self.groups.push(Cluster { name: &group.name, outside: group.outside, members });
    }

    fn link(&mut self, edge: &'a Edge) -> Link {
        let (from, to) = (self.id(&edge.from), self.id(&edge.to));
        let key = Key { label: &edge.label, mark: edge.mark };
        let next = number(self.keys.len());
        let id = *self.key_ids.entry(key).or_insert(next);
        if id == next {
            self.keys.push(key);
        }
        Link { from, to, key: id }
    }

    fn id(&mut self, name: &'a str) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let group = *self.strangers.get_or_insert_with(|| {
            self.groups.push(Cluster { name: "not described", outside: true, members: Vec::new() });
            self.groups.len() - 1
        });
        let id = number(self.nodes.len());
        let node = Node { id: name.to_owned(), label: name.to_owned(), ..Node::default() };
        self.nodes.push(Member { node: Cow::Owned(node), group });
        if let Some(cluster) = self.groups.get_mut(group) {
            cluster.members.push(id);
        }
        self.ids.insert(name, id);
        id
    }

    fn finish(self, mut edges: Vec<Link>, details: FxHashMap<Link, &'a [String]>) -> Graph<'a> {
        edges.sort_unstable();
        edges.dedup();
        Graph { nodes: self.nodes, groups: self.groups, keys: self.keys, edges, details, words: self.words }
    }
}

/// Positions are kept in 32 bits: a picture with more nodes cannot be held, let alone read.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
