//! Walking and reading real directories.

use std::fs;
use std::path::{Path, PathBuf};

use ironhull_files::{CollectError, Collected, Options, Renderer, collect, load};
use ironhull_manifest::Limits;

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        tree
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn collect(&self, options: &Options) -> Collected {
        collect(&[self.path().to_path_buf()], options).unwrap()
    }

    fn names(&self, collected: &Collected) -> Vec<String> {
        let root = self.path();
        collected.files.iter().map(|file| file.strip_prefix(root).unwrap().display().to_string()).collect()
    }
}

#[test]
fn only_manifests_outside_of_gitignore() {
    let tree = Tree::new(&[
        (".gitignore", "out/\n"),
        ("a.yaml", ""),
        ("b/c.json", ""),
        ("out/d.yaml", ""),
        (".hidden/e.yaml", ""),
        ("README.md", ""),
    ]);
    assert_eq!(tree.names(&tree.collect(&Options::default())), ["a.yaml", "b/c.json"]);
    let all = Options { no_ignore: true, ..Options::default() };
    assert_eq!(tree.names(&tree.collect(&all)), ["a.yaml", "b/c.json", "out/d.yaml"]);
}

#[test]
fn globs_choose() {
    let tree = Tree::new(&[("a.yaml", ""), ("x/b.yaml", ""), ("x/test/c.yaml", ""), ("y/c.yaml", "")]);
    let options =
        Options { include: vec!["x/**".into()], exclude: vec!["test".into()], ..Options::default() };
    assert_eq!(tree.names(&tree.collect(&options)), ["x/b.yaml"]);
    let options = Options { exclude: vec!["c.yaml".into()], ..Options::default() };
    assert_eq!(tree.names(&tree.collect(&options)), ["a.yaml", "x/b.yaml"]);
}

#[test]
fn a_chart_is_counted_and_its_crds_are_read() {
    let tree = Tree::new(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: c\n"),
        ("chart/values.yaml", "a: 1\n"),
        ("chart/templates/a.yaml", "{{ x }}\n"),
        ("chart/templates/sub/b.yaml", "{{ x }}\n"),
        ("chart/crds/c.yaml", ""),
        ("chart/charts/sub/Chart.yaml", ""),
        ("chart/charts/sub/templates/d.yaml", ""),
        ("other/templates/e.yaml", ""),
    ]);
    let collected = tree.collect(&Options::default());
    assert_eq!(tree.names(&collected), ["chart/crds/c.yaml", "other/templates/e.yaml"]);
    let reasons: Vec<_> = collected.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
    assert!(reasons[0].contains("2 templates") && reasons[1].contains("1 templates"), "{reasons:?}");
    // The same when only the templates are named.
    let inside = collect(&[tree.path().join("chart/templates")], &Options::default()).unwrap();
    assert!(inside.files.is_empty() && inside.skipped.len() == 1);
}

#[test]
fn loops_of_links_end() {
    let tree = Tree::new(&[("a/b.yaml", "")]);
    std::os::unix::fs::symlink(tree.path(), tree.path().join("a/loop")).unwrap();
    let collected = tree.collect(&Options::default());
    assert_eq!(tree.names(&collected), ["a/b.yaml"]);
    assert!(!collected.skipped[0].broken, "{:?}", collected.skipped);
}

#[test]
fn a_missing_path_is_an_error_and_an_unreadable_file_is_not() {
    let tree = Tree::new(&[("a.yaml", "a: 1\n")]);
    let missing = collect(&[tree.path().join("none.yaml")], &Options::default());
    assert!(matches!(missing, Err(CollectError::Missing(_))));
    std::os::unix::fs::symlink("nowhere", tree.path().join("dangling.yaml")).unwrap();
    let loaded = load(tree.collect(&Options::default()), &Limits::default(), &|| {});
    assert_eq!(loaded.inputs.len(), 1);
    assert!(loaded.skipped.iter().any(|skipped| skipped.broken && skipped.path.contains("dangling")));
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: x}]}\n";

fn overlay() -> Tree {
    Tree::new(&[
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", POD),
        (
            "prod/kustomization.yaml",
            "namePrefix: prod-\nresources: [../base]\npatches: [{path: patch.yaml}]\n",
        ),
        ("prod/patch.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true}\n"),
    ])
}

#[test]
fn overlays_are_rendered_and_patches_never_judged_alone() {
    let tree = overlay();
    let collected = tree.collect(&Options::default());
    assert_eq!(collected.render, [tree.path().join("prod")]);
    assert!(collected.files.is_empty());
    if Renderer::installed().is_none() {
        eprintln!("SKIPPED: rendering an overlay, neither kubectl nor kustomize is installed");
        return;
    }
    let loaded = load(collected, &Limits::default(), &|| {});
    let document = &loaded.inputs[0].1.documents[0];
    assert_eq!(document.value.dig_str(&["metadata", "name"]), Some("prod-a"));
    assert_eq!(document.value.dig(&["spec", "hostPID"]).and_then(ironhull_value::Value::as_bool), Some(true));
}

#[test]
fn without_rendering_resources_are_read_as_files() {
    let tree = overlay();
    let collected = tree.collect(&Options { no_render: true, ..Options::default() });
    assert_eq!(tree.names(&collected), ["base/pod.yaml"]);
    assert!(collected.skipped[0].reason.contains("switched off"));
}

#[test]
fn nothing_remote_is_followed() {
    for entry in
        ["https://example.com/a.yaml", "github.com/a/b?ref=v1", "git@example.com:a/b.git", "../missing.yaml"]
    {
        let tree = Tree::new(&[
            ("kustomization.yaml", &format!("resources: ['{entry}', pod.yaml]\n")),
            ("pod.yaml", POD),
        ]);
        let collected = tree.collect(&Options::default());
        assert!(collected.render.is_empty(), "{entry}");
        assert_eq!(tree.names(&collected), ["pod.yaml"]);
        assert!(collected.skipped[0].reason.contains(entry));
    }
}

#[test]
fn a_failing_tool_falls_back_to_the_files() {
    let tree =
        Tree::new(&[("kustomization.yaml", "resources: [pod.yaml]\nnoSuchField: 1\n"), ("pod.yaml", POD)]);
    let loaded = load(tree.collect(&Options::default()), &Limits::default(), &|| {});
    assert_eq!(loaded.inputs.len(), 1);
    assert!(loaded.skipped[0].reason.contains("not rendered"), "{:?}", loaded.skipped);
}

#[test]
fn a_named_file_is_read_whatever_its_name() {
    let tree = Tree::new(&[("manifest.txt", POD)]);
    let collected = collect(&[tree.path().join("manifest.txt")], &Options::default()).unwrap();
    assert_eq!(collected.files.len(), 1);
    let none: [PathBuf; 0] = [];
    assert!(collect(&none, &Options::default()).unwrap().files.is_empty());
}

#[test]
fn a_large_list_is_read_item_by_item() {
    let item = |n: usize| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {{\"name\": \"p{n}\", \"managedFields\": [1]}}, \"status\": {{\"x\": 1}}, \"spec\": {{\"pad\": \"{}\"}}}}",
            "x".repeat(1 << 20)
        )
    };
    let items: Vec<String> = (0..33).map(item).collect();
    let text = format!("{{\"kind\": \"List\", \"items\": [\n{},\n{{\"broken\": 01}}]}}\n", items.join(",\n"));
    let tree = Tree::new(&[("dump.json", &text)]);
    let loaded = load(tree.collect(&Options::default()), &Limits::default(), &|| {});
    let dump = &loaded.dumps[0];
    assert!(loaded.inputs.is_empty());
    assert_eq!(dump.items.len(), 33);
    let (value, line) = &dump.items[32];
    assert_eq!((value.dig_str(&["metadata", "name"]), *line), (Some("p32"), 34));
    assert!(value.get("status").is_none() && value.dig(&["metadata", "managedFields"]).is_none());
    assert_eq!(dump.broken.len(), 1);
    assert_eq!(dump.broken[0].0, 35);
}
