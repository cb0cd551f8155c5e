//! Whatever is asked of whatever: there is an answer, and it is the same again.

use ironhull_jmespath::{Dialect, Env, Expression, Limits};
use ironhull_value::Value;
use proptest::prelude::*;

use crate::random::{Random, expression, input};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_expression_ends(seed: u64) {
        let mut random = Random::new(seed);
        let (text, input) = (expression(&mut random), input(&mut random, 4));
        let input: Value = serde_json::from_value(input).unwrap();
        for dialect in [Dialect::Standard, Dialect::Kyverno] {
            let Ok(expression) = Expression::parse(&text, dialect) else { continue };
            let limits = Limits { steps: 100_000, bytes: 1 << 20, depth: 50 };
            let mut env = Env { limits, ..Env::default() };
            let first = expression.search(&input, &mut env).map(std::borrow::Cow::into_owned);
            prop_assert_eq!(&first, &expression.search(&input, &mut env).map(std::borrow::Cow::into_owned));
            let again = Expression::parse(expression.text(), dialect).unwrap();
            prop_assert_eq!(first, again.search(&input, &mut env).map(std::borrow::Cow::into_owned));
        }
    }

    #[test]
    fn any_text_is_an_expression_or_not(text in "[a-c@*.&|!<>=(){}\\[\\]?:,'\"`\\\\ 0-9é-]{0,40}|.{0,20}") {
        for dialect in [Dialect::Standard, Dialect::Kyverno] {
            match Expression::parse(&text, dialect) {
                Ok(expression) => {
                    let _ = expression.search(&Value::Null, &mut Env::default());
                }
                Err(error) => prop_assert!(error.offset <= text.len() && !error.message.is_empty()),
            }
        }
    }
}
