use super::*;

#[test]
fn who_names_many_namespaces_does_not_fill_the_memory() {
    let mut family: Family<usize, u64> = Family::default();
    for number in 0..SERIES + 7 {
        *family.of(number) += 1;
    }
    // What is known already is still counted by itself.
    *family.of(3) += 1;
    let lines = family.lines(|number| vec![("resource_namespace", number.to_string())]);
    assert_eq!(lines.len(), SERIES + 1);
    let of = |text: &str| *lines.iter().find(|(labels, _)| labels.contains(text)).unwrap().1;
    assert_eq!(of("otel_metric_overflow=\"true\""), 7);
    assert_eq!(of("resource_namespace=\"3\""), 2);
}

#[test]
fn buckets_are_summed_up() {
    let mut own = Times::default();
    for milliseconds in [1, 5, 6, 31_000] {
        own.add(Duration::from_millis(milliseconds));
    }
    let mut out = String::new();
    times(&mut out, "a", "Help.", &[("{b=\"c\"}".to_owned(), &own)]);
    for line in [
        "# TYPE kyverno_a histogram",
        "kyverno_a_bucket{b=\"c\",le=\"0.005\"} 2",
        "kyverno_a_bucket{b=\"c\",le=\"0.01\"} 3",
        "kyverno_a_bucket{b=\"c\",le=\"1\"} 3",
        "kyverno_a_bucket{b=\"c\",le=\"30\"} 3",
        "kyverno_a_bucket{b=\"c\",le=\"+Inf\"} 4",
        "kyverno_a_sum{b=\"c\"} 31.012",
        "kyverno_a_count{b=\"c\"} 4",
    ] {
        assert!(out.lines().any(|own| own == line), "{line}\n{out}");
    }
}
