//! A drawing back to single connections, to prove that folding changed nothing.

use super::sets::applies;
use super::{Direction, Drawing};
use crate::picture::graph::Link;

impl Drawing<'_> {
    /// Every connection that the drawing shows, sorted. Only for drawings without shares: a share says how
    /// many, not which.
    #[cfg(test)]
    pub(in crate::picture) fn expand(&self) -> Vec<Link> {
        let mut out = Vec::new();
        self.for_each_block(|from, to, keys| {
            for &key in keys {
                for &from in from {
                    for &to in to {
                        if from != to {
                            out.push(Link { from, to, key });
                        }
                    }
                }
            }
        });
        for tag in &self.tags {
            assert!(tag.share.is_none());
            for &one in self.members(tag.on) {
                for &other in self.sets.members(tag.set) {
                    let (from, to) = match tag.direction {
                        Direction::In => (other, one),
                        Direction::Out => (one, other),
                    };
                    if applies(self.graph, from, to) {
                        out.push(Link { from, to, key: tag.key });
                    }
                }
            }
        }
        for item in &self.items {
            for (key, share) in &item.own {
                assert!(share.is_none());
                out.extend(item.members.iter().map(|&node| Link { from: node, to: node, key: *key }));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Every block "all of these to all of those", without connections of a node to itself.
    #[cfg(test)]
    fn for_each_block(&self, mut f: impl FnMut(&[u32], &[u32], &[u32])) {
        for line in &self.lines {
            assert!(line.share.is_none());
            f(self.members(line.from), self.members(line.to), &line.keys);
            if line.both {
                f(self.members(line.to), self.members(line.from), &line.keys);
            }
        }
        for &(group, key) in &self.inside {
            let members = self.members(super::End::Group(group));
            f(members, members, &[key]);
        }
        for item in &self.items {
            for (key, share) in &item.inside {
                assert!(share.is_none());
                f(&item.members, &item.members, &[*key]);
            }
        }
    }
}
