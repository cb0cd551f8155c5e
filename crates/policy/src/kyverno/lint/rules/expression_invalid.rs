//! PO002

use ironhull_jmespath::{BadCall, Dialect, similar_function};

use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds expressions that cannot succeed: what is no JMESPath, functions that do not exist, and calls with too many
    /// or too few arguments or with a constant of a type that the function does not take.
    ///
    /// ## Why it matters
    /// Kyverno finds most of these mistakes only when a request comes. Then the rule ends in an error, and every
    /// request is refused, or let through where the failure policy is `Ignore`: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: names}
    /// spec:
    ///   rules:
    ///   - name: short
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     validate:
    ///       message: The name is too long.
    ///       deny: {conditions: {any: [{key: '{{ lenght(request.object.metadata.name) }}', operator: GreaterThan, value: 20}]}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: names}
    /// spec:
    ///   rules:
    ///   - name: short
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     validate:
    ///       message: The name is too long.
    ///       deny: {conditions: {any: [{key: '{{ length(request.object.metadata.name) }}', operator: GreaterThan, value: 20}]}}
    /// ```
    ///
    /// ## How to fix
    /// Write the function as its documentation does; the message has the nearest name or the parameters.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/jmespath/>
    pub static EXPRESSION_INVALID = {
        id: "PO002",
        name: "expression-invalid",
        title: "An expression cannot succeed",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for one in &linted.uses {
            match &one.parsed {
                Err(why) => {
                    let why = why.to_string();
                    let why = why.strip_prefix("SyntaxError: ").unwrap_or(&why).trim_end_matches('.');
                    judge.fail(
                        linted.object(),
                        one.path.clone(),
                        format!("`{}` is no JMESPath: {why}", one.text),
                    );
                }
                Ok(expression) => {
                    for call in expression.bad_calls() {
                        judge.fail(linted.object(), one.path.clone(), words(&call));
                    }
                }
            }
        }
    }
}

fn words(call: &BadCall) -> String {
    match call {
        BadCall::Unknown { name } => {
            let near = similar_function(Dialect::Kyverno, name);
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            format!("there is no function `{name}`{hint}")
        }
        BadCall::Arity { signature, found } => format!("`{signature}` is called with {found} arguments"),
        BadCall::Type { signature, argument } => {
            format!("`{signature}` does not take what is written as its argument {argument}")
        }
    }
}
