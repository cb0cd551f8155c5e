//! The table of checks, and what of it runs when.

use ironhull_podsecurity::{CHECKS, LATEST_MINOR, Level, LevelVersion, Version, checks_at};

#[test]
fn the_table_is_in_the_order_of_messages() {
    let order: Vec<(Level, &str)> = CHECKS.iter().map(|check| (check.level, check.id.as_str())).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(order, sorted);
}

#[test]
fn revisions_increase_and_the_newest_is_the_newest_version() {
    for check in CHECKS {
        assert!(check.level != Level::Privileged);
        assert!(check.revisions.is_sorted_by(|a, b| a.since < b.since), "{}", check.id);
        assert!(!check.revisions.is_empty(), "{}", check.id);
        assert!(check.summary.ends_with('.'), "{}", check.id);
    }
    let newest = CHECKS.iter().flat_map(|check| check.revisions).map(|revision| revision.since).max();
    assert_eq!(newest, Some(LATEST_MINOR));
}

#[test]
fn only_restricted_checks_override_and_only_baseline_ones_are_overridden() {
    for check in CHECKS {
        for overridden in check.revisions.iter().flat_map(|revision| revision.overrides) {
            assert_eq!(check.level, Level::Restricted, "{}", check.id);
            let target = CHECKS.iter().find(|check| check.id == *overridden).unwrap();
            assert_eq!(target.level, Level::Baseline, "{}", target.id);
        }
    }
}

#[test]
fn what_runs_is_right_at_every_turn() {
    // Written out by hand from the reference, not from the table.
    let baseline = "appArmorProfile capabilities_baseline hostNamespaces hostPathVolumes hostPorts privileged \
                    procMount seLinuxOptions seccompProfile_baseline sysctls windowsHostProcess";
    let baseline_34 = "appArmorProfile capabilities_baseline hostNamespaces hostPathVolumes hostPorts \
                       hostProbesAndHostLifecycle privileged procMount seLinuxOptions \
                       seccompProfile_baseline sysctls windowsHostProcess";
    expect(Level::Privileged, 0..=40, "");
    expect(Level::Baseline, 0..=33, baseline);
    expect(Level::Baseline, 34..=40, baseline_34);
    expect(
        Level::Restricted,
        0..=7,
        "appArmorProfile capabilities_baseline hostNamespaces hostPorts privileged procMount seLinuxOptions \
         seccompProfile_baseline sysctls windowsHostProcess restrictedVolumes runAsNonRoot",
    );
    expect(
        Level::Restricted,
        8..=18,
        "appArmorProfile capabilities_baseline hostNamespaces hostPorts privileged procMount seLinuxOptions \
         seccompProfile_baseline sysctls windowsHostProcess allowPrivilegeEscalation restrictedVolumes \
         runAsNonRoot",
    );
    expect(
        Level::Restricted,
        19..=21,
        "appArmorProfile capabilities_baseline hostNamespaces hostPorts privileged procMount seLinuxOptions \
         sysctls windowsHostProcess allowPrivilegeEscalation restrictedVolumes runAsNonRoot \
         seccompProfile_restricted",
    );
    expect(
        Level::Restricted,
        22..=22,
        "appArmorProfile hostNamespaces hostPorts privileged procMount seLinuxOptions sysctls \
         windowsHostProcess allowPrivilegeEscalation capabilities_restricted restrictedVolumes runAsNonRoot \
         seccompProfile_restricted",
    );
    expect(
        Level::Restricted,
        23..=33,
        "appArmorProfile hostNamespaces hostPorts privileged procMount seLinuxOptions sysctls \
         windowsHostProcess allowPrivilegeEscalation capabilities_restricted restrictedVolumes runAsNonRoot \
         runAsUser seccompProfile_restricted",
    );
    expect(
        Level::Restricted,
        34..=34,
        "appArmorProfile hostNamespaces hostPorts hostProbesAndHostLifecycle privileged procMount \
         seLinuxOptions sysctls windowsHostProcess allowPrivilegeEscalation capabilities_restricted \
         restrictedVolumes runAsNonRoot runAsUser seccompProfile_restricted",
    );
    expect(
        Level::Restricted,
        35..=40,
        "appArmorProfile hostNamespaces hostPorts hostProbesAndHostLifecycle privileged seLinuxOptions \
         sysctls windowsHostProcess allowPrivilegeEscalation capabilities_restricted procMount_restricted \
         restrictedVolumes runAsNonRoot runAsUser seccompProfile_restricted",
    );
}

#[track_caller]
fn expect(level: Level, minors: std::ops::RangeInclusive<u64>, ids: &str) {
    let expected: Vec<&str> = ids.split_whitespace().collect();
    for version in minors.clone().map(Version::Minor) {
        let ids: Vec<&str> =
            checks_at(LevelVersion::new(level, version)).map(|check| check.id.as_str()).collect();
        assert_eq!(ids, expected, "{level}:{version}");
    }
    if *minors.end() > u64::from(LATEST_MINOR) {
        let latest = checks_at(LevelVersion::new(level, Version::Latest));
        assert_eq!(latest.map(|check| check.id.as_str()).collect::<Vec<_>>(), expected);
    }
}
