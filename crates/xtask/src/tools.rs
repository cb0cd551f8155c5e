//! Tools that tasks need, installed under `target/tools` from package registries, at pinned versions.
//!
//! Each installation has a folder whose name holds its version (or the hash of its parts), and a mark that
//! is written last, so that a broken-off installation is done again and a new version never meets an old
//! one. System packages are touched only when `Context::system` allows it.

use crate::{
    context::Context,
    hash::Fnv,
    run::{Cmd, is_on_path},
};
use anyhow::{Context as _, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

const CARGO_DENY: &str = "0.20.2";

/// `cargo-deny`, as a debug build: measured on two cores that takes 74 s (95 CPU s), and its run over our
/// lock file under 2 s, so a release build would never pay for itself.
pub(crate) fn cargo_deny(context: &Context) -> Result<PathBuf> {
    let dir = context.tools().join(format!("cargo-deny-{CARGO_DENY}"));
    let binary = dir.join("bin").join("cargo-deny");
    install(&dir, |dir| {
        let build = dir.join("build");
        context
            .cargo()
            .args(["install", "--locked", "--debug", "--version", CARGO_DENY, "--root"])
            .arg(dir)
            .arg("--target-dir")
            .arg(&build)
            .arg("cargo-deny")
            .run()?;
        fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
    })?;
    Ok(binary)
}

/// A Python environment with these packages; the folder that holds its programs.
pub(crate) fn python(context: &Context, name: &str, packages: &[&str]) -> Result<PathBuf> {
    need(context, "python3", "python3-venv")?;
    let dir = keyed(context, name, packages);
    install(&dir, |dir| {
        context.cmd("python3").args(["-m", "venv"]).arg(dir).run()?;
        let pip = dir.join("bin").join("pip");
        context
            .cmd(pip)
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-input"])
            .args(packages)
            .run()
    })?;
    Ok(dir.join("bin"))
}

/// A program inside an npm package; `program` is its path under `node_modules`.
///
/// Install scripts are not run. What such a script would do for a program that the package carries is done
/// here: it is made executable.
pub(crate) fn npm(context: &Context, name: &str, package: &str, program: &str) -> Result<PathBuf> {
    need(context, "npm", "npm")?;
    let dir = keyed(context, name, &[package]);
    let binary = dir.join("node_modules").join(program);
    install(&dir, |dir| {
        fs::write(dir.join("package.json"), "{\"private\": true}\n")?;
        context
            .cmd("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"])
            .arg(dir)
            .arg(package)
            .run()?;
        make_executable(&binary)
    })?;
    Ok(binary)
}

#[cfg(unix)]
fn make_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", file.display()))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}

/// A Go program built from its published module, `path@version`.
pub(crate) fn go_install(context: &Context, name: &str, package: &str) -> Result<PathBuf> {
    need(context, "go", "golang-go")?;
    let dir = keyed(context, name, &[package]);
    install(&dir, |dir| go(context).arg("install").arg(package).env("GOBIN", dir.join("bin")).run())?;
    Ok(dir.join("bin").join(name))
}

/// A Go program built from a folder of this checkout; built again when one of its Go files changes.
pub(crate) fn go_build(context: &Context, name: &str, source: &Path) -> Result<PathBuf> {
    go_package(context, name, source, ".")
}

/// A Go program of a module that a folder of this checkout requires, at the version that stands there.
pub(crate) fn go_package(context: &Context, name: &str, source: &Path, package: &str) -> Result<PathBuf> {
    need(context, "go", "golang-go")?;
    let program = package.rsplit('/').next().filter(|last| *last != ".").unwrap_or(name);
    let folder = if program == name { name.to_owned() } else { format!("{name}-{program}") };
    let dir = context.tools().join("oracles").join(folder).join(hash_go(source)?);
    let binary = dir.join(program);
    install(&dir, |_| {
        go(context).cwd(source).args(["build", "-trimpath", "-o"]).arg(&binary).arg(package).run()
    })?;
    Ok(binary)
}

/// Several Go programs of one module in this checkout, each a package in a folder of its name; the folder that
/// holds them all. One build, so that what they share is linked from the same objects.
pub(crate) fn go_programs(
    context: &Context,
    name: &str,
    source: &Path,
    programs: &[&str],
    linker_flags: &str,
) -> Result<PathBuf> {
    need(context, "go", "golang-go")?;
    let mut hash = Fnv::new().field(linker_flags.as_bytes()).field(hash_go(source)?.as_bytes());
    for program in programs {
        hash = hash.field(hash_go(&source.join(program))?.as_bytes());
    }
    let dir = context.tools().join(format!("{name}-{}", hash.hex()));
    install(&dir, |dir| {
        // The separator at the end makes it a folder, whatever the number of programs.
        let build = go(context).cwd(source).args(["build", "-trimpath", "-ldflags", linker_flags, "-o"]);
        let packages = programs.iter().map(|program| format!("./{program}"));
        build.arg(dir.join("")).args(packages).run()
    })?;
    Ok(dir)
}

/// Go without version-control stamps (a checkout may have none) and without fetching a toolchain.
fn go(context: &Context) -> Cmd {
    context.cmd("go").env("GOFLAGS", "-buildvcs=false").env("GOTOOLCHAIN", "local")
}

/// The programs that `network verify` builds its namespaces with. Its tests say themselves what they leave
/// out, so that a machine that may not install them runs the rest.
pub(crate) fn for_namespaces(context: &Context) -> Result<()> {
    need(context, "ip", "iproute2")?;
    need(context, "nft", "nftables")
}

/// Makes sure a program is at hand, by a system package if that is allowed.
fn need(context: &Context, program: &str, package: &str) -> Result<()> {
    if is_on_path(program) {
        return Ok(());
    }
    if context.system && is_on_path("apt-get") {
        context.cmd("apt-get").args(["update", "-qq"]).run()?;
        context.cmd("apt-get").args(["install", "-y", "-qq", "--no-install-recommends", package]).run()?;
        if is_on_path(program) {
            return Ok(());
        }
    }
    bail!("no `{program}` on the search path")
}

/// Runs `make` in a fresh folder unless it was done before.
fn install(dir: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mark = dir.join(".installed");
    if mark.is_file() {
        return Ok(());
    }
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    make(dir)?;
    fs::write(&mark, "").with_context(|| format!("cannot write {}", mark.display()))
}

fn keyed(context: &Context, name: &str, parts: &[&str]) -> PathBuf {
    let hash = parts.iter().fold(Fnv::new(), |hash, part| hash.field(part.as_bytes()));
    context.tools().join(format!("{name}-{}", hash.hex()))
}

/// A hash over the Go files of a folder and what they require.
fn hash_go(source: &Path) -> Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(source).with_context(|| format!("cannot list {}", source.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ext| ext == "go" || ext == "mod" || ext == "sum") {
            names.push(path);
        }
    }
    names.sort();
    let mut hash = Fnv::new();
    for path in &names {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        hash = hash.field(name.as_bytes()).field(&fs::read(path)?);
    }
    Ok(hash.hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn a_broken_installation_is_done_again_and_a_whole_one_is_not() {
        let dir = scratch("install");
        let mut runs = 0;
        assert!(
            install(&dir, |dir| fs::write(dir.join("half"), "")
                .map_err(Into::into)
                .and_then(|()| bail!("no")))
            .is_err()
        );
        for _ in 0..2 {
            install(&dir, |dir| {
                assert!(!dir.join("half").exists());
                runs += 1;
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(runs, 1);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn the_hash_follows_go_files_only() {
        let dir = scratch("hash");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("main.go"), "package main").unwrap();
        let first = hash_go(&dir).unwrap();
        fs::write(dir.join("notes.md"), "x").unwrap();
        assert_eq!(hash_go(&dir).unwrap(), first);
        fs::write(dir.join("go.mod"), "module x").unwrap();
        assert_ne!(hash_go(&dir).unwrap(), first);
        fs::remove_dir_all(&dir).unwrap();
    }
}
