//! Whether a rule is about a resource, and which part of `match` or `exclude` says so.

use ironhull_report::outline::{Line, Mark};
use ironhull_value::Segment;

use super::rule::Telling;
use crate::kyverno::trace::{Filter, Part};

impl Telling<'_> {
    /// The filters beside the resource. Those that say yes to a rule that is about it are folded.
    pub(super) fn matching(&self, filters: &[Filter], is_about: bool) -> Vec<Line> {
        let is_any = |filter: &Filter| matches!(filter.path.segments(), [.., Segment::Key(key), Segment::Index(_)] if key == "any");
        let matched = {
            let mut own = filters.iter().filter(|filter| !filter.is_exclude);
            if filters.iter().any(|filter| !filter.is_exclude && is_any(filter)) {
                own.any(|filter| filter.is_met)
            } else {
                own.all(|filter| filter.is_met)
            }
        };
        let tell = |filter: &Filter| {
            // What the match did not take is not asked about its exclusion.
            if filter.is_exclude && !matched {
                return None;
            }
            let line = self.filter(filter, is_about, matched);
            Some(if is_about { line.folded() } else { line })
        };
        filters.iter().filter_map(tell).collect()
    }

    fn filter(&self, filter: &Filter, is_about: bool, matched: bool) -> Line {
        let own = filter.path.segments().get(self.written.rule.path.segments().len()..).unwrap_or_default();
        let own: ironhull_value::Path = own.iter().cloned().collect();
        let (mark, said) = match (filter.is_exclude, filter.is_met) {
            (false, true) => (Mark::Yes, "takes it"),
            (false, false) => (Mark::No, "does not take it"),
            (true, true) => (Mark::No, "excludes it"),
            (true, false) => (Mark::Yes, "does not exclude it"),
        };
        let decides = !is_about && (filter.is_exclude == matched) && (filter.is_exclude == filter.is_met);
        let parts = filter.parts.iter().map(|part| {
            // What is excluded is mostly of a kind that the match names as well.
            let is_kind = filter.is_exclude && part.name == "kinds" && filter.parts.len() > 1;
            let line = self.part(part, decides && part.is_met == filter.is_exclude && !is_kind);
            let is_beside = part.is_met != filter.is_exclude && !is_about && !filter.is_met;
            if is_beside { line.folded() } else { line }
        });
        let parts = parts.collect();
        let line = Line::new("filter", mark, format!("{own} {said}")).fact("path", own.to_string().as_str());
        line.fact("isMet", filter.is_met).at("policy", self.written.place(&filter.path)).with(parts)
    }

    fn part(&self, part: &Part, decides: bool) -> Line {
        let wanted = self.written.at(&part.path).cloned().unwrap_or_default();
        let object = &self.question.object.value;
        let path = part.field.clone().unwrap_or_default();
        let found = if part.field.is_some() {
            self.question.hidden.at(object, &path, &part.found)
        } else {
            self.question.hidden.value(&part.found)
        };
        let what = match part.name {
            "kinds" => "the kind is",
            "name" | "names" => "the name is",
            "namespaces" => "the namespace is",
            "annotations" => "the annotations are",
            "selector" => "the labels are",
            "namespaceSelector" => "the labels of the namespace are",
            "operations" => "the operation is",
            "roles" => "the roles are",
            "clusterRoles" => "the cluster roles are",
            _ => "the user is",
        };
        let is = if found.is_null() { "not known".to_owned() } else { self.shown(&found) };
        let said = if part.is_met { "" } else { ": no match" };
        let text = format!("{} {}: {what} {is}{said}", part.name, self.shown(&wanted));
        let mark = if part.is_met { Mark::Yes } else { Mark::No };
        let line =
            Line::new("part", mark, text).fact("part", part.name).fact("wanted", wanted).fact("found", found);
        let line =
            line.fact("isMet", part.is_met).deciding(decides).at("policy", self.written.place(&part.path));
        // That something is of another kind needs no place.
        let field = part.field.as_ref().filter(|_| !part.found.is_null() && part.name != "kinds");
        line.at("resource", field.and_then(|field| self.in_resource(field)))
    }
}
