//! Starting, and waiting until everything is ready.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::client::Client;
use super::error::{ControlPlaneError, Tried as _};
use super::guard::Guard;
use super::pki::Pki;
use super::process::Process;
use super::{ControlPlane, Options, PROGRAMS, commands};
use crate::skip;

/// Generous, because the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_mins(2);
/// A free port can be taken by somebody else before we use it.
const ATTEMPTS: usize = 3;

pub(super) fn start(options: &Options) -> Result<Option<ControlPlane>, ControlPlaneError> {
    let Some(programs) = std::env::var_os(PROGRAMS).map(PathBuf::from) else {
        skip("tests with a control plane", &format!("{PROGRAMS} is not set"));
        return Ok(None);
    };
    let mut needed = vec!["etcd", "kube-apiserver"];
    needed.extend(options.controllers.then_some("kube-controller-manager"));
    if let Some(missing) = needed.into_iter().find(|program| !programs.join(program).is_file()) {
        skip("tests with a control plane", &format!("the folder that {PROGRAMS} names has no {missing}"));
        return Ok(None);
    }
    let mut attempt = 1;
    loop {
        match attempt_start(options.clone(), &programs) {
            Err(ControlPlaneError::Ended { tail, .. })
                if attempt < ATTEMPTS && tail.contains("address already in use") => {}
            other => return other.map(Some),
        }
        attempt += 1;
    }
}

fn attempt_start(options: Options, programs: &Path) -> Result<ControlPlane, ControlPlaneError> {
    let dir = tempfile::Builder::new()
        .prefix("ironhull-control-plane-")
        .tempdir()
        .tried(|| "cannot make a folder".to_owned())?;
    let guard = Guard::new(dir.path())?;
    let pki = Pki::make(dir.path())?;
    commands::write_files(&options, dir.path())?;
    let (etcd, address) = free_addresses()?;
    // The API server tries its store again and again, so both may start at once.
    let store = Process::spawn(commands::etcd(programs, etcd), dir.path())?;
    let api_server = commands::api_server_at(&options, programs, etcd, address);
    let api_server = Process::spawn(api_server, dir.path())?;
    let mut plane = ControlPlane {
        options,
        programs: programs.to_owned(),
        etcd,
        address,
        controller_manager: None,
        api_server: Some(api_server),
        store,
        guard,
        pki,
        dir,
    };
    plane.tell_guard()?;
    wait_for_api_server(&mut plane)?;
    if plane.options.controllers {
        plane.start_controller_manager()?;
        let client = plane.client_admin()?;
        wait(&mut plane, || seen(&client, "/api/v1/namespaces/default/serviceaccounts/default"))?;
    }
    Ok(plane)
}

/// Waits until `/readyz` says 200.
pub(super) fn wait_for_api_server(plane: &mut ControlPlane) -> Result<(), ControlPlaneError> {
    let client = plane.client_admin()?;
    wait(plane, || seen(&client, "/readyz"))
}

/// `None` when the path answers 200, else what it answered.
fn seen(client: &Client, path: &str) -> Option<String> {
    match client.get(path) {
        Ok(answer) if answer.status == 200 => None,
        Ok(answer) => Some(format!("{path}: {} {}", answer.status, answer.text)),
        Err(error) => Some(format!("{path}: {error}")),
    }
}

fn wait(
    plane: &mut ControlPlane,
    mut missing: impl FnMut() -> Option<String>,
) -> Result<(), ControlPlaneError> {
    let begin = Instant::now();
    while let Some(last) = missing() {
        plane.store.check()?;
        for process in [&mut plane.api_server, &mut plane.controller_manager].into_iter().flatten() {
            process.check()?;
        }
        if begin.elapsed() > PATIENCE {
            let tails = plane.log_tails();
            return Err(ControlPlaneError::NotReady { seconds: PATIENCE.as_secs(), last, tails });
        }
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Two addresses on loopback that nobody listens on now.
fn free_addresses() -> Result<(SocketAddr, SocketAddr), ControlPlaneError> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).tried(|| "no free port".to_owned());
    let address = |listener: &TcpListener| listener.local_addr().tried(|| "no free port".to_owned());
    // Both are held until both are known.
    let (first, second) = (listen()?, listen()?);
    Ok((address(&first)?, address(&second)?))
}
