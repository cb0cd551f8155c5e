//! What a process has used, as Linux tells it.

use std::fs;

use serde::Serialize;

/// Linux counts a process's time in hundredths of a second, whatever its timer does (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Time and memory of a process.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Seconds of CPU, user and system.
    pub cpu_seconds: f64,
    /// Bytes that are resident.
    pub resident: u64,
    /// The most bytes that ever were.
    pub resident_peak: u64,
}

impl Usage {
    /// Of a process, or of this one. `None` if there is none.
    pub fn of(pid: Option<u32>) -> Option<Self> {
        let dir = pid.map_or_else(|| "/proc/self".to_owned(), |pid| format!("/proc/{pid}"));
        let stat = fs::read_to_string(format!("{dir}/stat")).ok()?;
        let status = fs::read_to_string(format!("{dir}/status")).ok()?;
        Some(Self {
            cpu_seconds: cpu(&stat)?,
            resident: memory(&status, "VmRSS:")?,
            resident_peak: memory(&status, "VmHWM:")?,
        })
    }

    /// With the time since an earlier look.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { cpu_seconds: self.cpu_seconds - earlier.cpu_seconds, ..self }
    }
}

/// The name of the program is in brackets and may hold anything; what follows the last one is numbers.
fn cpu(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let user: u32 = fields.nth(11)?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / TICKS_PER_SECOND)
}

fn memory(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_is_passed_over() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 9 9 20 0 1 0 100 1 1";
        assert_eq!(cpu(stat), Some(2.0));
        assert_eq!(memory("VmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n", "VmHWM:"), Some(2 << 20));
        assert_eq!(Usage::of(Some(u32::MAX)), None);
    }

    #[test]
    fn this_process_uses_memory() {
        let usage = Usage::of(None).unwrap();
        assert!(usage.resident > 0 && usage.resident_peak >= usage.resident / 2);
    }
}
