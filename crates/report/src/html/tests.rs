use crate::html::{SCRIPT, STYLE, markup};
use crate::testing::{hostile, sample};

/// The markup between what we wrote: every tag with its attributes.
fn tags(html: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').map(|end| start + end).unwrap();
        tags.push(&rest[start..=end]);
        rest = &rest[end + 1..];
    }
    tags
}

#[test]
fn no_name_becomes_markup() {
    let html = super::render(&hostile());
    let body = &html[html.find("<body>").unwrap()..];
    let end = body.rfind("<script>").unwrap();
    let (body, script) = body.split_at(end);
    assert!(!body.contains("<script") && !body.contains("</script"), "{body}");
    assert_eq!(script.matches("<script").count(), 1);
    for tag in tags(body) {
        assert!(!tag.to_lowercase().contains("alert") || tag.contains("&lt;"), "{tag}");
        assert!(!tag.contains(" on"), "an event handler: {tag}");
        assert!(!tag.contains(" style="), "the policy forbids it: {tag}");
    }
}

#[test]
fn every_element_is_closed() {
    for html in [super::render(&sample()), super::render(&hostile())] {
        let without = |html: &str, name: &str| {
            let start = html.find(&format!("<{name}>")).unwrap();
            let end = html.find(&format!("</{name}>")).unwrap();
            format!("{}{}", &html[..start], &html[end + name.len() + 3..])
        };
        let html = without(&without(&html, "style"), "script");
        let mut open = Vec::new();
        for tag in tags(&html) {
            let name = tag.trim_matches(['<', '>', '/']).split([' ', '\n']).next().unwrap();
            if tag.starts_with("<!") || tag.ends_with("/>") || ["meta", "input", "br"].contains(&name) {
                continue;
            }
            if tag.starts_with("</") {
                assert_eq!(open.pop(), Some(name), "{tag}");
            } else {
                open.push(name);
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}

#[test]
fn it_asks_nobody_and_allows_its_own_parts_alone() {
    let html = super::render(&sample());
    for tag in tags(&html) {
        assert!(!tag.contains("src=") && !tag.starts_with("<link") && !tag.contains("url("), "{tag}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    let policy = tags(&html).into_iter().find(|tag| tag.contains("Content-Security-Policy")).unwrap();
    assert!(policy.contains("default-src 'none'"));
    assert!(policy.contains(&format!("script-src '{}'", markup::csp_hash(SCRIPT))));
    assert!(policy.contains(&format!("style-src '{}'", markup::csp_hash(STYLE))));
    // A closing tag in either would end it early.
    assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
}

#[test]
fn ids_are_unique_and_links_lead_somewhere() {
    let html = super::render(&sample());
    let tags = tags(&html);
    let values = |name: &str| -> Vec<&str> {
        let start = format!(" {name}=\"");
        tags.iter().filter_map(|tag| tag.split_once(start.as_str())?.1.split('"').next()).collect()
    };
    let mut ids = values("id");
    for link in values("href").into_iter().filter_map(|href| href.strip_prefix('#')) {
        assert!(ids.contains(&link), "{link}");
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
