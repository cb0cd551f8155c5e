//! Any object gets a verdict or an error at every level, and restricted never allows what baseline refuses.
#![no_main]

use ironhull_podsecurity::{Level, LevelVersion, PodRef, Version, evaluate};
use ironhull_value::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pod) = serde_json::from_slice::<Value>(bytes) else { return };
    let Ok(pod) = PodRef::of(&pod) else { return };
    let at = |level| evaluate(LevelVersion { level, version: Version::Latest }, pod);
    if let (Ok(baseline), Ok(restricted)) = (at(Level::Baseline), at(Level::Restricted)) {
        assert!(baseline.is_allowed() || !restricted.is_allowed());
        let _ = (baseline.message(), restricted.message());
    }
});
