//! A control plane for a person: `cargo xtask apiserver --run` starts it.
//!
//! Runs until it is interrupted; what it started ends with it, and its folder is removed.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{ControlPlane, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    let Some(plane) = ControlPlane::start(&Options::default())? else {
        return Err("no control plane".into());
    };
    let _node = plane.hollow_node("hollow")?;
    let kubeconfig = plane.kubeconfig_admin()?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "\n{} is ready after {:.1} s, with the node `hollow`",
        plane.url(),
        begin.elapsed().as_secs_f64()
    )?;
    writeln!(out, "logs, the audit log and keys: {}", plane.dir().display())?;
    writeln!(out, "\n  export KUBECONFIG={}", kubeconfig.display())?;
    if let Ok(kubectl) = std::env::var("IRONHULL_KUBECTL") {
        writeln!(out, "  {kubectl} get nodes")?;
    }
    writeln!(out, "\nCtrl-C ends it.")?;
    loop {
        std::thread::sleep(Duration::from_hours(1));
    }
}
