//! Any text is an expression or a mistake with a place, and any expression ends on any input, within its
//! budget, with the same answer twice. The first line is the expression, the rest the input.
#![no_main]

use ironhull_jmespath::{Dialect, Env, Expression, Limits, Now};
use ironhull_value::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (text, input) = text.split_once('\n').unwrap_or((text, "null"));
    let input: Value = serde_json::from_str(input).unwrap_or_else(|_| input.into());
    for dialect in [Dialect::Standard, Dialect::Kyverno] {
        let expression = match Expression::parse(text, dialect) {
            Ok(expression) => expression,
            Err(error) => {
                assert!(error.offset <= text.len());
                continue;
            }
        };
        let search = || {
            let mut seed = 1_u8;
            let mut fill = |bytes: &mut [u8]| {
                for byte in bytes {
                    seed = seed.wrapping_mul(17).wrapping_add(43);
                    *byte = seed;
                }
            };
            let mut env = Env {
                now: Some(Now { seconds: 1_700_000_000, nanoseconds: 0, offset: 0 }),
                random: Some(&mut fill),
                limits: Limits { steps: 200_000, bytes: 4 << 20, depth: 100 },
                ..Env::default()
            };
            expression.search(&input, &mut env).map(|found| found.into_owned())
        };
        assert_eq!(search(), search());
    }
});
