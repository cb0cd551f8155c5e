use super::fold::{Drawing, collapse, fold};
use super::graph::{Graph, Link};
use super::layout::{Place, Rect};
use super::model::{Fold, Mark, Options, Theme};
use super::samples::{Numbers, cluster, difference, edge, node, shop};
use super::*;
use std::collections::BTreeSet;

/// A picture of random size and shape: namespaces, things outside, cliques, stars, marks, edges to ids
/// that no node has, edges of a node to itself, duplicates.
fn random(seed: u64) -> Picture {
    let mut numbers = Numbers(seed);
    let mut groups = Vec::new();
    let mut ids = Vec::new();
    for group in 0..=numbers.below(7) {
        let outside = numbers.below(4) == 0;
        let nodes: Vec<Node> = (0..numbers.below(9))
            .map(|index| {
                let mut node = node(&format!("g{group}/n{index}"), "Deployment");
                node.unprotected =
                    Unprotected { ingress: numbers.below(3) == 0, egress: numbers.below(3) == 0 };
                node.mark = [Mark::None, Mark::None, Mark::None, Mark::Focus][numbers.below(4)];
                ids.push(node.id.clone());
                node
            })
            .collect();
        groups.push(Group { name: format!("ns-{group}"), outside, nodes });
    }
    ids.push("stranger".to_owned());
    let mut edges = Vec::new();
    let labels = ["TCP 80", "All Connections", "UDP 53"];
    let marks = [EdgeMark::Normal, EdgeMark::Normal, EdgeMark::Normal, EdgeMark::Added, EdgeMark::Removed];
    for _ in 0..numbers.below(12) {
        let (label, mark) = (labels[numbers.below(3)], marks[numbers.below(5)]);
        let (from_all, to_all) = (numbers.below(3), numbers.below(3));
        let (some_from, some_to) = (numbers.below(ids.len()), numbers.below(ids.len()));
        for (f, from) in ids.iter().enumerate() {
            for (t, to) in ids.iter().enumerate() {
                let with = |all: usize, index: usize, some: usize| match all {
                    0 => index == some,
                    1 => index % 3 == some % 3 || index / 5 == some / 5,
                    _ => true,
                };
                if with(from_all, f, some_from) && with(to_all, t, some_to) && (f != t || f % 2 == 0) {
                    edges.push(Edge { mark, ..edge(from, to, label) });
                }
            }
        }
    }
    Picture { title: "random".to_owned(), groups, edges, ..Picture::default() }
}

fn folds() -> [Fold; 3] {
    [Fold::Auto, Fold::Never, Fold::Always]
}

fn with_drawing(picture: &Picture, how: Fold, check: impl FnOnce(&Graph, &Drawing)) {
    let graph = Graph::new(picture);
    let drawing = fold(&graph, how);
    check(&graph, &drawing);
}

#[test]
fn folding_is_exact() {
    for seed in 0..400 {
        let picture = random(seed);
        for how in folds() {
            with_drawing(&picture, how, |graph, drawing| {
                if !drawing.collapsed {
                    assert_eq!(drawing.expand(), graph.edges, "seed {seed}, {how:?}");
                }
            });
        }
        let graph = Graph::new(&picture);
        assert_eq!(fold::exact(&graph, false).expand(), graph.edges, "seed {seed}");
    }
    for picture in [shop(), difference(), cluster(200, 12), cluster(60, 4)] {
        for how in folds() {
            with_drawing(&picture, how, |graph, drawing| {
                if !drawing.collapsed {
                    assert_eq!(drawing.expand(), graph.edges, "{how:?}");
                }
            });
        }
    }
}

#[test]
fn the_graph_holds_every_edge_of_the_picture() {
    for seed in 0..50 {
        let picture = random(seed);
        let graph = Graph::new(&picture);
        let given: BTreeSet<_> = picture
            .edges
            .iter()
            .map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.label.as_str(), edge.mark))
            .collect();
        let name = |node: u32| graph.nodes[node as usize].node.id.as_str();
        let held: BTreeSet<_> = graph
            .edges
            .iter()
            .map(|link| {
                let key = graph.keys[link.key as usize];
                (name(link.from), name(link.to), key.label, key.mark)
            })
            .collect();
        assert_eq!(held, given, "seed {seed}");
    }
}

#[test]
fn shares_count_what_exists() {
    for seed in 0..100 {
        let picture = random(seed);
        let graph = Graph::new(&picture);
        let drawing = collapse(&graph, &vec![true; graph.groups.len()]);
        let has: BTreeSet<&Link> = graph.edges.iter().collect();
        for line in &drawing.lines {
            let (from, to) = (drawing.members(line.from), drawing.members(line.to));
            let whole = from.len() * to.len();
            let mut most = 0;
            for &key in &line.keys {
                let pairs = from.iter().flat_map(|&from| to.iter().map(move |&to| Link { from, to, key }));
                let count = pairs.filter(|link| has.contains(link)).count();
                assert!(count > 0, "seed {seed}");
                most = most.max(count);
                if line.share.is_none() {
                    assert_eq!(count, whole, "seed {seed}");
                }
            }
            // Tags may already have said some of the others.
            if let Some((some, all)) = line.share {
                assert!(all == whole && some > 0 && some < all && some <= most, "seed {seed}");
            }
        }
    }
}

/// Every line of the drawing has its ways in the layout, and none goes through a card.
#[test]
fn nothing_overlaps_and_no_line_is_lost() {
    let mut pictures: Vec<Picture> = (0..24).map(random).collect();
    pictures.extend([shop(), difference(), cluster(200, 12)]);
    for (index, picture) in pictures.iter().enumerate() {
        for width in [360.0, 400.0, 900.0, 1600.0] {
            with_drawing(picture, Fold::Auto, |_, drawing| {
                let laid = svg::laid_for_tests(drawing, width);
                for (a, b) in pairs(&laid.cards).chain(pairs(&laid.frames)) {
                    assert!(!overlap(a, b), "picture {index} at {width}: {a:?} {b:?}");
                }
                for (card, rect) in laid.scene.cards.iter().zip(&laid.cards) {
                    let frame = laid.frames[card.frame];
                    assert!(rect.x >= frame.x && rect.x + rect.w <= frame.x + frame.w + 0.01);
                    assert!(rect.y >= frame.y && rect.y + rect.h <= frame.y + frame.h + 0.01);
                }
                let sources: usize = laid.scene.bundles.iter().map(|bundle| bundle.sources.len()).sum();
                assert_eq!(sources, drawing.lines.len(), "picture {index}");
                assert_eq!(laid.wires.len(), sources, "picture {index} at {width}");
                for wire in &laid.wires {
                    let bundle = &laid.scene.bundles[wire.bundle];
                    for (place, point) in
                        [(bundle.to, wire.points.first()), (wire.source, wire.points.last())]
                    {
                        let rect = match place {
                            Place::Card(card) => laid.cards[card],
                            Place::Frame(frame) => laid.frames[frame],
                        };
                        let &(x, y) = point.unwrap();
                        assert!(
                            (x - rect.x).abs() < 0.01 || (x - rect.x - rect.w).abs() < 0.01,
                            "ends at a side"
                        );
                        assert!(y >= rect.y && y <= rect.y + rect.h);
                    }
                    for pair in wire.points.windows(2) {
                        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
                        assert!((x1 - x2).abs() < 0.01 || (y1 - y2).abs() < 0.01, "straight: {pair:?}");
                        let line =
                            Rect { x: x1.min(x2), y: y1.min(y2), w: (x1 - x2).abs(), h: (y1 - y2).abs() };
                        for &card in &laid.cards {
                            assert!(!overlap(line, card), "picture {index} at {width}: {line:?} {card:?}");
                        }
                    }
                }
            });
        }
    }
}

fn pairs(rects: &[Rect]) -> impl Iterator<Item = (Rect, Rect)> + '_ {
    rects.iter().enumerate().flat_map(|(index, &a)| rects[index + 1..].iter().map(move |&b| (a, b)))
}

/// Do the insides of two rectangles meet? A line is a rectangle without width or height.
fn overlap(a: Rect, b: Rect) -> bool {
    const SLACK: f64 = 0.05;
    a.x + SLACK < b.x + b.w && b.x + SLACK < a.x + a.w && a.y + SLACK < b.y + b.h && b.y + SLACK < a.y + a.h
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    for picture in [shop(), cluster(60, 5), random(3)] {
        let options = Options::default();
        assert_eq!(svg(&picture, &options), svg(&picture.clone(), &options));
        assert_eq!(html(&picture, &options), html(&picture.clone(), &options));
        assert_eq!(dot(&picture, DotFlavour::Styled), dot(&picture.clone(), DotFlavour::Styled));
    }
}

#[test]
fn small_pictures_are_drawn() {
    let one = Picture {
        groups: vec![Group { name: "ns".to_owned(), nodes: vec![node("ns/a", "Pod")], ..Group::default() }],
        ..Picture::default()
    };
    let mut itself = one.clone();
    itself.edges.push(edge("ns/a", "ns/a", "TCP 1"));
    let mut stranger = one.clone();
    stranger.edges.push(edge("ns/a", "nobody", "TCP 2"));
    let texts = ["Nothing to show", "No connections.", "with itself: TCP 1", "not described"];
    for (picture, text) in [Picture::default(), one, itself, stranger].iter().zip(texts) {
        for max_width in [0, 200, 400, 100_000] {
            let drawn = svg(picture, &Options { max_width, ..Options::default() });
            assert!(drawn.contains(text), "{text}: {drawn}");
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        }
        assert!(html(picture, &Options::default()).ends_with("</html>\n"));
        assert!(dot(picture, DotFlavour::Plain).starts_with("digraph {"));
    }
}

/// Hostile names in every text of a picture.
#[test]
fn every_text_is_escaped() {
    let evil = "</script></title><img src=x onerror=alert(1)>\"'&\u{1}\u{202E}";
    let mut picture = difference();
    picture.title = format!("{evil} title");
    picture.subtitle = format!("{evil} subtitle");
    picture.notes = vec![format!("{evil} note")];
    for group in &mut picture.groups {
        group.name.push_str(evil);
        for node in &mut group.nodes {
            node.label.push_str(evil);
            node.kind.push_str(evil);
            node.detail.push(evil.to_owned());
            node.id.push_str(evil);
        }
    }
    for edge in &mut picture.edges {
        edge.from.push_str(evil);
        edge.to.push_str(evil);
        edge.label.push_str(evil);
        edge.detail.push(evil.to_owned());
    }
    let options = Options::default();
    let page = html(&picture, &options);
    for text in [svg(&picture, &options), page.clone()] {
        assert!(!text.contains("<img") && !text.contains('\u{1}') && !text.contains('\u{202E}'));
        assert!(text.contains("&lt;img"));
    }
    assert_eq!(page.matches("</script>").count(), 2, "the data and the script, and nothing else");
    for drawn in svg(&picture, &options).split('<').skip(1) {
        let tag = drawn.split('>').next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    for line in dot(&picture, DotFlavour::Styled).lines() {
        let plain = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(plain.matches('"').count() % 2, 0, "{line}");
    }
}

#[test]
fn the_page_asks_nobody() {
    let page = html(&shop(), &Options::default());
    assert!(page.contains("default-src 'none'"));
    for word in ["src=", "href=", "@import", "eval(", "innerHTML", "fetch(", "style=\""] {
        assert!(!page.contains(word), "{word}");
    }
    // The only addresses are the names of the SVG language.
    assert_eq!(
        page.matches("http").count(),
        page.matches("http://www.w3.org/2000/svg").count() + page.matches("http-equiv").count()
    );
}

#[test]
fn themes_are_obeyed() {
    let draw = |theme| svg(&shop(), &Options { theme, ..Options::default() });
    assert!(draw(Theme::Auto).contains("prefers-color-scheme"));
    assert!(!draw(Theme::Light).contains("prefers-color-scheme"));
    assert_ne!(draw(Theme::Light), draw(Theme::Dark));
}

#[test]
fn drawings_keep_to_their_width() {
    for picture in [shop(), cluster(200, 12)] {
        for max_width in [400_u32, 800, 1600] {
            let drawn = svg(&picture, &Options { max_width, ..Options::default() });
            let width = |name: &str| -> f64 {
                let rest = drawn.split(name).nth(1).unwrap();
                rest.split(['"', ' ']).next().unwrap().parse().unwrap()
            };
            assert!(width("width=\"") <= f64::from(max_width));
            // Scaled down by no more than a tenth.
            assert!(
                width("viewBox=\"0 0 ") <= f64::from(max_width) * 1.1,
                "{max_width}: {}",
                width("viewBox=\"0 0 ")
            );
        }
    }
}

/// Everybody with everybody is a mark, not lines.
#[test]
fn an_open_cluster_has_few_lines() {
    let mut picture = cluster(200, 12);
    for node in picture.groups.iter_mut().flat_map(|group| &mut group.nodes) {
        node.unprotected = Unprotected { ingress: true, egress: true };
    }
    let ids: Vec<String> =
        picture.groups.iter().flat_map(|group| &group.nodes).map(|node| node.id.clone()).collect();
    picture.edges.clear();
    for from in &ids {
        for to in ids.iter().filter(|to| *to != from) {
            picture.edges.push(edge(from, to, "All Connections"));
        }
    }
    with_drawing(&picture, Fold::Auto, |graph, drawing| {
        assert_eq!(drawing.expand(), graph.edges);
        assert!(drawing.lines.len() <= 16, "{}", drawing.lines.len());
    });
}

/// Thousands of nodes: a drawing comes out, whatever the connections are like.
#[test]
fn two_thousand_nodes_are_drawn() {
    for (namespaces, text) in [(20, "some of them may connect"), (60, "Too many connections to draw")] {
        let mut numbers = Numbers(11);
        let mut picture = cluster(2000, namespaces);
        picture.edges.retain(|edge| edge.label != "All Connections");
        let ids: Vec<String> =
            picture.groups.iter().flat_map(|group| &group.nodes).map(|node| node.id.clone()).collect();
        for _ in 0..8000 {
            let (from, to) = (numbers.below(ids.len()), numbers.below(ids.len()));
            picture.edges.push(edge(&ids[from], &ids[to], "TCP 443"));
        }
        assert!(svg(&picture, &Options::default()).contains(text), "{text}");
    }
}
