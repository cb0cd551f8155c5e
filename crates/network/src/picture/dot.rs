//! A picture in Graphviz's DOT language.

use super::escape::dot as escape;
use super::graph::Graph;
use super::model::{EdgeMark, Mark, Node, NodeClass, Picture};
use std::fmt::Write as _;

/// What a DOT file is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DotFlavour {
    /// To be drawn: with shapes, colours and tooltips.
    #[default]
    Styled,
    /// To be read by programs: names, labels and clusters only.
    Plain,
}

/// Writes a picture as a DOT digraph: one cluster for each namespace, every edge by itself.
///
/// Deterministic: groups and nodes in their given order, edges sorted by the order of their nodes.
/// Connections in both directions with the same ports are one edge with `dir=both` in the styled flavour.
pub fn dot(picture: &Picture, flavour: DotFlavour) -> String {
    let graph = Graph::new(picture);
    let styled = flavour == DotFlavour::Styled;
    let mut out = String::from("digraph {\n");
    if styled {
        out.push_str("\trankdir=LR\n\tcompound=true\n\tfontname=\"Helvetica\"\n");
        out.push_str(
            "\tnode [shape=box style=\"rounded,filled\" fillcolor=\"white\" fontname=\"Helvetica\"]\n",
        );
        out.push_str("\tedge [fontname=\"Helvetica\" fontsize=10 color=\"#5b6672\"]\n");
        if !picture.title.is_empty() {
            let _ = writeln!(out, "\tlabel=\"{}\"\n\tlabelloc=t", escape(&picture.title));
        }
    }
    let names = names(&graph);
    for (index, group) in graph.groups.iter().enumerate() {
        let indent = if group.outside { "\t" } else { "\t\t" };
        if !group.outside {
            let _ =
                writeln!(out, "\tsubgraph \"cluster_{}\" {{\n\t\tlabel=\"{}\"", index, escape(group.name));
            if styled {
                out.push_str(
                    "\t\tstyle=\"rounded,filled\"\n\t\tcolor=\"#b4bcc6\"\n\t\tfillcolor=\"#f4f6f8\"\n",
                );
            }
        }
        for &node in &group.members {
            let content = graph.nodes[node as usize].node.as_ref();
            let _ =
                write!(out, "{indent}\"{}\" [label=\"{}\"", escape(&names[node as usize]), label(content));
            if styled {
                style(&mut out, content);
            }
            out.push_str("]\n");
        }
        if !group.outside {
            out.push_str("\t}\n");
        }
    }
    for edge in &graph.edges {
        let back = super::graph::Link { from: edge.to, to: edge.from, key: edge.key };
        let mutual = styled && edge.from != edge.to && graph.edges.binary_search(&back).is_ok();
        if mutual && edge.from > edge.to {
            continue;
        }
        let key = graph.keys[edge.key as usize];
        let _ = write!(
            out,
            "\t\"{}\" -> \"{}\" [label=\"{}\"",
            escape(&names[edge.from as usize]),
            escape(&names[edge.to as usize]),
            escape(key.label)
        );
        if mutual {
            out.push_str(" dir=both");
        }
        if styled {
            out.push_str(match key.mark {
                EdgeMark::Normal => "",
                EdgeMark::Added => " color=\"#00734f\" penwidth=2.4",
                EdgeMark::Removed => " color=\"#b84a00\" style=dashed",
                EdgeMark::Changed => " color=\"#8a3f73\" style=\"dashed,bold\"",
                EdgeMark::Path => " color=\"#0060a0\" penwidth=3",
                EdgeMark::Unknown => " color=\"#b35c00\" style=dotted",
            });
        }
        out.push_str("]\n");
    }
    out.push_str("}\n");
    out
}

/// The names of nodes in the file. Of several nodes with one id the later ones get a number.
fn names(graph: &Graph) -> Vec<String> {
    let mut seen: rustc_hash::FxHashSet<String> = rustc_hash::FxHashSet::default();
    graph
        .nodes
        .iter()
        .map(|member| {
            let mut name = member.node.id.clone();
            let mut count = 1;
            while !seen.insert(name.clone()) {
                count += 1;
                name = format!("{} #{count}", member.node.id);
            }
            name
        })
        .collect()
}

fn label(node: &Node) -> String {
    if node.kind.is_empty() {
        return escape(&node.label);
    }
    // The only line break that means one: names are escaped.
    format!("{}\\n{}", escape(&node.label), escape(&node.kind))
}

fn style(out: &mut String, node: &Node) {
    out.push_str(match node.class {
        NodeClass::Workload => "",
        NodeClass::Internet => " shape=ellipse",
        NodeClass::Addresses => " shape=hexagon",
        NodeClass::Ingress => " shape=cds",
        NodeClass::Name => " shape=note",
        NodeClass::Host => " shape=component",
    });
    if node.unprotected.ingress || node.unprotected.egress {
        out.push_str(" fillcolor=\"#fff3e2\"");
    }
    out.push_str(match node.mark {
        Mark::None => "",
        Mark::Focus => " color=\"#0060a0\" penwidth=3",
        Mark::Reached(_) => " color=\"#0060a0\"",
        Mark::EntryPoint => " color=\"#b84a00\" penwidth=2.5 peripheries=2",
        Mark::Added => " color=\"#00734f\" penwidth=2.2",
        Mark::Removed => " color=\"#b84a00\" style=\"rounded,filled,dashed\"",
        Mark::Changed => " color=\"#8a3f73\" penwidth=2.2",
    });
    if !node.detail.is_empty() {
        let _ = write!(out, " tooltip=\"{}\"", escape(&node.detail.join("; ")));
    }
}
