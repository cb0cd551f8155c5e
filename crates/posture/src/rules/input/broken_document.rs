//! CL001

use crate::Check;

rule! {
    /// ## What it does
    /// Reports documents that could not be read: broken YAML or JSON, bytes that are not UTF-8, values that
    /// JSON does not have, or a limit of depth or size that was reached. Whole inputs that could not be read
    /// are the matter of `unreadable-input`.
    ///
    /// ## Why it matters
    /// What was not read was not judged. A scan that stays silent about it says "clean" about something
    /// that it never saw. Medium, so that a gate trips by default.
    ///
    /// ## How to fix
    /// Mend the document at the line that is named. Other documents of the file were read.
    ///
    /// ## References
    /// - <https://yaml.org/spec/1.1/>
    pub static BROKEN_DOCUMENT = {
        id: "CL001",
        name: "broken-document",
        title: "A document could not be read",
        severity: Medium,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Input,
    };
}
