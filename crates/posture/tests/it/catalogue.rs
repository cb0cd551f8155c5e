//! The table of rules and their metadata.

use std::collections::BTreeSet;

use ironhull_posture::{ALL, Check};

#[test]
fn the_table_is_sorted_and_names_are_unique() {
    assert!(ALL.is_sorted_by(|a, b| a.meta.id < b.meta.id));
    let names: BTreeSet<_> = ALL.iter().map(|rule| &rule.meta.name).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn every_control_exists() {
    for rule in ALL {
        for control in rule.meta.controls {
            assert!(
                control.framework.has(control.id),
                "{}: {} has no control {}",
                rule.meta.id,
                control.framework.id(),
                control.id
            );
        }
    }
}

#[test]
fn ids_and_names_have_their_form() {
    for rule in ALL {
        let (area, number) = rule.meta.id.split_at(2);
        assert!(["PS", "WL", "RB", "NW", "SC", "IM", "CL"].contains(&area), "{}", rule.meta.id);
        assert!(number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()), "{}", rule.meta.id);
        assert!(
            rule.meta
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit()),
            "{}",
            rule.meta.name
        );
        assert!(!rule.meta.title.ends_with('.'), "{}", rule.meta.id);
    }
}

#[test]
fn the_documentation_is_complete() {
    for rule in ALL {
        let mut wanted = vec!["What it does", "Why it matters", "How to fix", "References"];
        if !matches!(rule.check, Check::Input) {
            wanted.push("Example");
        }
        for heading in wanted {
            let section = rule
                .meta
                .section(heading)
                .unwrap_or_else(|| panic!("{} has no section {heading}", rule.meta.id));
            assert!(!section.is_empty(), "{}: {heading} is empty", rule.meta.id);
        }
        let why = rule.meta.section("Why it matters").unwrap().to_lowercase();
        assert!(
            why.contains(rule.meta.severity.name()),
            "{} does not say why it is {}",
            rule.meta.id,
            rule.meta.severity
        );
    }
}

#[test]
fn an_alias_names_one_check_of_its_tool() {
    for rule in ALL {
        let set: BTreeSet<_> = rule.meta.aliases.iter().collect();
        assert_eq!(set.len(), rule.meta.aliases.len(), "{} repeats an alias", rule.meta.id);
    }
}
