//! A guest to be: what it has on board and how it is run.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::cpio::Layer;
use crate::error::{PathContext, Result};
use crate::kernels::Kernel;
use crate::qemu::{self, End, Machine, Qemu};
use crate::{base, built, cache, modules, packages, progress};

/// Describes a guest; [`Guest::run`] boots it.
///
/// It always has: the reference `ipvsadm` with its scripts in `/opt/reference` (also
/// `/sbin/ipvsadm-reference`), our own as `/sbin/ipvsadm`, `ipvsadm-save` and `ipvsadm-restore`, busybox with
/// all applets, bash, ip, ss, tc, bridge, nft, iptables, and the modules of [`modules::DEFAULT`], which
/// are loaded on demand only. The payload runs as root, with `/dev/null` as standard input; both its output
/// streams come back as one.
#[derive(Debug, Clone)]
pub struct Guest {
    kernel: Kernel,
    ipvsadm: Option<PathBuf>,
    programs: Vec<(PathBuf, String)>,
    layer: Layer,
    disk: Option<PathBuf>,
    modules: Vec<String>,
    environment: Vec<(String, String)>,
    memory: u32,
    cpus: u32,
    counting: bool,
    interactive: bool,
    announced: bool,
    timeout: Duration,
}

/// How a payload ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its exit status; 128 and the signal if it was killed by one.
    pub status: i32,
    /// Everything it wrote, byte for byte.
    pub output: Vec<u8>,
    /// The kernel's messages (those that its console level lets through).
    pub console: String,
    /// From the start of QEMU to the start of the payload.
    pub boot: Duration,
    /// From the start of the payload to its end, by the host's clock.
    pub payload: Duration,
}

impl Outcome {
    /// Whether the exit status is zero.
    pub fn success(&self) -> bool {
        self.status == 0
    }

    /// The output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }
}

impl Guest {
    /// A guest with our `ipvsadm`, one processor, 2 GiB of memory, and two minutes to finish.
    pub fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            ipvsadm: None,
            programs: Vec::new(),
            layer: Layer::default(),
            disk: None,
            modules: modules::DEFAULT
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            environment: Vec::new(),
            memory: 2048,
            cpus: 1,
            counting: false,
            interactive: false,
            announced: false,
            timeout: Duration::from_secs(120),
        }
        .link("/sbin/ipvsadm-save", "ipvsadm")
        .link("/sbin/ipvsadm-restore", "ipvsadm")
    }

    /// Another build of ours than cargo made for this test, such as the one of the release profile.
    #[must_use]
    pub fn ipvsadm(mut self, host: impl AsRef<Path>) -> Self {
        self.ipvsadm = Some(host.as_ref().to_owned());
        self
    }

    /// Adds a program with the libraries it needs and without its debugging information.
    #[must_use]
    pub fn program(mut self, host: impl AsRef<Path>, guest: &str) -> Self {
        self.programs
            .push((host.as_ref().to_owned(), guest.to_owned()));
        self
    }

    /// Adds a copy of a file.
    #[must_use]
    pub fn file(mut self, host: impl AsRef<Path>, guest: &str) -> Self {
        self.layer.copy(guest, host.as_ref());
        self
    }

    /// Adds a file with these contents; a script (`#!`) becomes executable.
    #[must_use]
    pub fn text(mut self, guest: &str, contents: &str) -> Self {
        self.layer
            .contents(guest, contents, contents.starts_with("#!"));
        self
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn link(mut self, guest: &str, target: &str) -> Self {
        self.layer.link(guest, target);
        self
    }

    /// Adds modules to the default ones; what they depend on comes along.
    #[must_use]
    pub fn modules(mut self, names: &[&str]) -> Self {
        self.modules
            .extend(names.iter().map(|name| (*name).to_owned()));
        self
    }

    /// Goes over to the system on this disk image (ext4, with systemd), which is written to. The payload is then one
    /// of that system's services, without the guest's programs; it has the kernel's modules, and the guest's `/srv` as
    /// `/run/srv`. After it the system is shut down in good order.
    #[must_use]
    pub fn disk(mut self, image: impl AsRef<Path>) -> Self {
        self.disk = Some(image.as_ref().to_owned());
        self.modules(&["virtio_pci", "virtio_blk", "ext4", "autofs4"])
            .text("/disk.sh", include_str!("disk.sh"))
            .text("/payload-runner", include_str!("runner.sh"))
    }

    /// Sets an environment variable of the payload.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Memory in MiB; the guest's files take their share of it.
    #[must_use]
    pub fn memory(mut self, mib: u32) -> Self {
        self.memory = mib;
        self
    }

    /// The number of processors. Emulated, several of them take twice as long for the same work as one, because
    /// everything that is atomic costs more.
    #[must_use]
    pub fn cpus(mut self, count: u32) -> Self {
        self.cpus = count;
        self
    }

    /// Makes the guest's clock advance by one nanosecond an instruction, on one processor: times measured
    /// in the guest are then instruction counts, whatever else the host does.
    #[must_use]
    pub fn counting(mut self, counting: bool) -> Self {
        self.counting = counting;
        self
    }

    /// Connects the host's terminal to the payload, as its controlling terminal, and lifts the time limit.
    #[must_use]
    pub fn interactive(mut self, interactive: bool) -> Self {
        self.interactive = interactive;
        self
    }

    /// Prints a line on standard error when it boots.
    #[must_use]
    pub fn announced(mut self, announced: bool) -> Self {
        self.announced = announced;
        self
    }

    /// How long boot and payload may take together.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Boots, runs the payload, and copies its output to standard output as it comes.
    ///
    /// # Errors
    ///
    /// If the guest cannot be started or does not report an exit status. A payload that fails is no error.
    pub fn run(&self, argv: &[&str]) -> Result<Outcome> {
        self.run_with(argv, &mut qemu::to_stdout)
    }

    /// As [`Guest::run`], with the output handed to `sink` in pieces of any size.
    ///
    /// # Errors
    ///
    /// As for [`Guest::run`].
    pub fn run_with(&self, argv: &[&str], sink: &mut dyn FnMut(&[u8])) -> Result<Outcome> {
        packages::require(&[
            ("qemu-system-x86_64", "qemu-system-x86"),
            ("setpriv", "util-linux"),
        ])?;
        let installed = self.kernel.fetch()?;
        let dir = cache::run_dir()?;
        let nonce = fs::read_to_string(UUID).at(UUID)?.trim().to_owned();

        let own = dir.join("own.cpio");
        self.own_layer(argv, &nonce, &dir)?.write(&own)?;
        let initrd = dir.join("initrd");
        let mut out = File::create(&initrd).at(&initrd)?;
        for part in [
            base::programs()?,
            base::kernel_modules(&installed, &self.modules)?,
            own,
        ] {
            io::copy(&mut File::open(&part).at(&part)?, &mut out).at(&part)?;
        }

        let profiles = profiles()?.map(|dir| dir.join(format!("{nonce}.tar")));
        let machine = Machine {
            kernel: &installed.image,
            initrd: &initrd,
            disk: self.disk.as_deref(),
            profiles: profiles.as_deref(),
            memory: self.memory,
            cpus: self.cpus,
            counting: self.counting,
            interactive: self.interactive,
        };
        if self.announced {
            progress::step(&format!(
                "booting Linux {} in a virtual machine",
                self.kernel
            ));
        }
        let begun = Instant::now();
        let (mut qemu, stream) = Qemu::start(&machine, dir.join("console"), dir.join("stderr"))?;
        let timeout = (!self.interactive).then_some(self.timeout);
        let mut output = Vec::new();
        let (end, started) = qemu::follow(stream, &nonce, timeout, &mut |bytes| {
            output.extend_from_slice(bytes);
            sink(bytes);
        });
        match end {
            End::Exit(status) => {
                let started = started.unwrap_or(begun);
                let (boot, payload) = (started - begun, started.elapsed());
                if self.disk.is_some() && !qemu.is_off_by(begun + self.timeout) {
                    return Err(qemu.failure(Some(self.timeout)));
                }
                Ok(Outcome {
                    status,
                    output,
                    console: qemu.console(),
                    boot,
                    payload,
                })
            }
            End::Closed => Err(qemu.failure(None)),
            End::TimedOut => Err(qemu.failure(Some(self.timeout))),
        }
    }

    /// What changes from run to run.
    fn own_layer(&self, argv: &[&str], nonce: &str, dir: &cache::RunDir) -> Result<Layer> {
        let packages = base::fetch_programs()?;
        let mut layer = self.layer.clone();
        let ipvsadm = match &self.ipvsadm {
            Some(other) => other.clone(),
            None => built::ipvsadm()?,
        };
        let ipvsadm = (ipvsadm, "/sbin/ipvsadm".to_owned());
        for (number, (host, guest)) in [&ipvsadm].into_iter().chain(&self.programs).enumerate() {
            base::program(&mut layer, host, guest, &packages)?;
            // Only the copy is stripped; a script, or a host without binutils, keeps the file as it is.
            let stripped = dir.join(&format!("program-{number}"));
            let strip = Command::new("strip")
                .arg("-g")
                .arg("-o")
                .arg(&stripped)
                .arg(host)
                .output();
            if strip.is_ok_and(|output| output.status.success()) {
                layer.copy(guest, stripped);
            }
        }
        let mut payload = "#!/bin/sh\n".to_owned();
        for (name, value) in &self.environment {
            let _ = writeln!(payload, "export {name}={}", quote(value));
        }
        if self.interactive {
            let size = Command::new("stty")
                .arg("size")
                .stdin(std::process::Stdio::inherit())
                .output();
            let size = size
                .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
                .unwrap_or_default();
            // A terminal may not know its size and say 0 0.
            if let Some((rows, columns)) =
                size.trim().split_once(' ').filter(|(rows, _)| *rows != "0")
            {
                let _ = writeln!(payload, "stty rows {rows} columns {columns}");
            }
        }
        let profiled = profiles()?.is_some();
        if profiled {
            // One file for each program, to which all of its runs add, those of other users too.
            payload.push_str(
                "export LLVM_PROFILE_FILE=/profiles/%m.profraw\n\
                 ipvsadm --help >/dev/null\n\
                 chmod a+w /profiles/*\n",
            );
        }
        let words: Vec<String> = argv.iter().map(|word| quote(word)).collect();
        let _ = writeln!(payload, "exec {}", words.join(" "));
        layer.contents("/etc/payload", payload, true);
        let term = std::env::var("TERM").unwrap_or_else(|_| "vt100".to_owned());
        let settings = format!(
            "NONCE={nonce}\nDISK={}\nINTERACTIVE={}\nPROFILED={profiled}\nexport TERM={}\n",
            self.disk.is_some(),
            self.interactive,
            quote(&term)
        );
        layer.contents("/etc/init.conf", settings, false);
        layer.contents("/init", include_str!("init.sh"), true);
        Ok(layer)
    }
}

/// Where programs that were built to record which of their lines ran write that; see `tests/coverage`.
fn profiles() -> Result<Option<PathBuf>> {
    let Some(dir) = std::env::var_os("IPVSADM_VM_PROFILES").map(PathBuf::from) else {
        return Ok(None);
    };
    fs::create_dir_all(&dir).at(&dir)?;
    dir.canonicalize().at(&dir).map(Some)
}

/// A file of the kernel that has another random value at each reading.
const UUID: &str = "/proc/sys/kernel/random/uuid";

/// Quotes a word for the shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
