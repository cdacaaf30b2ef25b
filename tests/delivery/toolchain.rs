//! Builds by other compilers and for other machines than the one at hand: with Debian 13's own Rust, static with musl,
//! and a check for aarch64.

use std::fs;
use std::path::{Path, PathBuf};

use vm::cache;

use crate::build::{cargo_home, copy};
use crate::roots;
use crate::tools::{command, run};

/// Where the project and cargo's directory are in the Debian system.
const PROJECT: &str = "/project";
const CARGO: &str = "/cargo";

/// The suite whose Rust is the oldest that the program is built with.
const SUITE: &str = "trixie";
const PACKAGES: &str = "cargo,rustc,rust-src,gcc,libc6-dev,musl-dev,musl-tools";

/// The functions of an unwinder that the standard library refers to, without their prefix.
const UNWINDER: &str = "Backtrace DeleteException FindEnclosingFunction GetCFA GetDataRelBase GetGR GetIP GetIPInfo \
    GetLanguageSpecificData GetRegionStart GetTextRelBase RaiseException Resume SetGR SetIP";

/// Debian 13 and a copy of the project with what it depends on. There everything is done without a network, because the
/// system has no certificates that cargo would trust.
struct Debian {
    root: PathBuf,
    project: cache::RunDir,
    home: PathBuf,
}

impl Debian {
    fn new() -> Self {
        let root = roots::debian(SUITE, "build", PACKAGES).unwrap();
        let project = cache::run_dir().unwrap();
        copy(&project.join("."));
        let home = cargo_home();
        run(command("cargo", project.join(".")).args(["fetch", "--locked"]));
        Self {
            root,
            project,
            home,
        }
    }

    /// Downloads what the standard library depends on.
    fn with_library(self) -> Self {
        let library = library(&self.root).unwrap();
        run(command("cargo", library)
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fetch", "--locked"]));
        self
    }

    fn run(&self, script: &str) -> String {
        let project = self.project.join(".");
        let mounts: [(&Path, &str); 2] = [(&project, PROJECT), (&self.home, CARGO)];
        let script =
            format!("export CARGO_HOME={CARGO} CARGO_NET_OFFLINE=true\ncd {PROJECT}\n{script}");
        run(&mut roots::script(&self.root, &mounts, &script))
    }
}

/// The sources of the standard library. Debian's link to them is meant from its own root.
fn library(root: &Path) -> std::io::Result<PathBuf> {
    let folder = root.join("usr/lib/rustlib/src");
    let target = fs::read_link(folder.join("rust"))?;
    let sources = match target.strip_prefix("/") {
        Ok(absolute) => root.join(absolute),
        Err(_) => folder.join(target),
    };
    sources.join("library").canonicalize()
}

#[test]
fn debian_13_builds_it() {
    let debian = Debian::new();
    let said = debian.run(
        "cargo build --release --locked
         # 2: the kernel of this machine need not have IPVS.
         target/release/ipvsadm --version || test $? = 2",
    );
    assert!(said.starts_with("ipvsadm v"), "{said}");
}

/// The program built with musl, by the toolchain at hand where it has the target, or by Debian 13's, which has the
/// standard library only as sources.
pub fn static_program() -> PathBuf {
    const TARGET: &str = "x86_64-unknown-linux-musl";
    let sysroot = run(command("rustc", ".").args(["--print", "sysroot"]));
    let installed = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET);
    let program = cache::dir().unwrap().join("ipvsadm-static");
    if installed.is_dir() {
        let project = cache::run_dir().unwrap();
        copy(&project.join("."));
        run(command("cargo", project.join(".")).args([
            "build",
            "--release",
            "--locked",
            "--target",
            TARGET,
        ]));
        fs::copy(
            project.join(&format!("target/{TARGET}/release/ipvsadm")),
            &program,
        )
        .unwrap();
    } else {
        let debian = Debian::new().with_library();
        // Rust's own build of the target brings start files, for which Debian's stand in here, and an unwinder, which
        // Debian has for glibc alone: the program refers to it, but aborts where it would unwind.
        debian.run(&format!(
            "mkdir -p target/unwind
             for name in {UNWINDER}; do
                echo \"void _Unwind_$name(void) {{ __builtin_trap(); }}\"
             done >target/unwind/unwind.c
             gcc -c -o target/unwind/unwind.o target/unwind/unwind.c
             ar rcs target/unwind/libunwind.a target/unwind/unwind.o
             export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS=\"-C linker=musl-gcc \
                -C link-self-contained=no -C relocation-model=static -L $PWD/target/unwind\"
             export RUSTC_BOOTSTRAP=1
             cargo build --release --locked --target {TARGET} -Zbuild-std=std,panic_abort"
        ));
        fs::copy(
            debian
                .project
                .join(&format!("target/{TARGET}/release/ipvsadm")),
            &program,
        )
        .unwrap();
    }
    program
}

#[test]
fn aarch64_passes_a_check() {
    const TARGET: &str = "aarch64-unknown-linux-gnu";
    let sysroot = run(command("rustc", ".").args(["--print", "sysroot"]));
    let installed = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET);
    if installed.is_dir() {
        let project = cache::run_dir().unwrap();
        copy(&project.join("."));
        run(command("cargo", project.join(".")).args(["check", "--locked", "--target", TARGET]));
    } else {
        Debian::new().with_library().run(&format!(
            "export RUSTC_BOOTSTRAP=1
             cargo check --locked --target {TARGET} -Zbuild-std=std,panic_abort"
        ));
    }
}
