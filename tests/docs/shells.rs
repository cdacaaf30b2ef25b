//! The shells, with our completions and a made-up `ipvsadm`.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use vm::packages::{self, Selection};

/// A shell that we complete in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    pub const ALL: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

    /// The host's.
    fn command(self) -> Command {
        Command::new(match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        })
    }
}

/// What the made-up `ipvsadm` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// It prints [`RULES`].
    HasTable,
    /// It complains and fails, as it does for users who are not root.
    Refuses,
    /// The module is not loaded: to ask would load it.
    HasNone,
}

/// The table, as rules.
pub const RULES: &str = "\
-A -f 5 -s rr
-a -f 5 -r 10.0.0.9 -g -w 1
-A -f 5 -6 -s rr
-a -f 5 -6 -r 2001:db8::9 -g -w 1
-A -t 10.0.0.1:80 -s wlc -p 300 --pe sip -o
-a -t 10.0.0.1:80 -r 10.0.0.5:8080 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.0.6:8080 -m -w 1
-A -t 10.0.0.2:443 -s wlc
-A -t [2001:db8::1]:443 -s sh -b sh-port
-a -t [2001:db8::1]:443 -r [2001:db8::5]:443 -g -w 1
-A -u 10.0.0.1:53 -s rr
-a -u 10.0.0.1:53 -r 10.0.0.7:53 -i -w 1 --tun-type ipip
-A --sctp-service 10.0.0.1:9 -s rr
-a --sctp-service 10.0.0.1:9 -r 10.0.0.8:9 -m -w 1
";

/// A made-up `ip`, which knows namespaces.
const NAMESPACES: &str = "#!/bin/sh
[ \"$*\" = 'netns list' ] && printf '%s\n' 'blue (id: 0)' red 'black (id: 1)'
";

/// The completions.
fn completions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")
}

fn script(name: &str) -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docs/shells");
    scripts.join(name)
}

/// A directory with the made-up `ipvsadm`, and where it notes how it was called.
fn fake(dir: &Path, kernel: Kernel) {
    let answer = match kernel {
        Kernel::HasTable => format!("cat <<'EOF'\n{RULES}EOF\n"),
        Kernel::Refuses | Kernel::HasNone => {
            "echo 'Permission denied (you must be root)' >&2; exit 255\n".to_owned()
        }
    };
    let called = dir.join("called");
    let text = format!("#!/bin/sh\necho \"$*\" >>{}\n{answer}", called.display());
    let program = dir.join("ipvsadm");
    write_program(&program, &text);
    write_program(&dir.join("ip"), NAMESPACES);
}

fn write_program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

/// A directory for one run, with the made-up `ipvsadm` in it.
struct Stage {
    dir: PathBuf,
}

impl Stage {
    fn new(kernel: Kernel) -> Stage {
        packages::require(&[("bash", "bash"), ("zsh", "zsh"), ("fish", "fish")]).unwrap();
        // Tests run side by side.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("docs-{}-{number}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        fake(&dir, kernel);
        Stage { dir }
    }

    /// Runs a command with this input and returns what it printed; it must not complain.
    fn run(&self, command: &mut Command, input: String) -> String {
        let old = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.dir.clone()).chain(std::env::split_paths(&old));
        let mut child = command
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("HOME", &self.dir)
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // More than a pipe holds could be on its way in both directions.
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// How `ipvsadm` was called, a line each.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.dir.join("called")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Older versions of bash that are tried too, by the Debian suite that has them: 5.1.
const BASH_SUITES: [&str; 1] = ["bullseye"];
/// The path of one more bash to try, such as a 4.4, which no suite has any more.
const BASH_VARIABLE: &str = "IPVSADM_TEST_BASH";

/// The host's shells, and older versions of bash, each ready to be given arguments.
pub fn versions() -> Vec<(Shell, Command)> {
    let mut versions: Vec<(Shell, Command)> =
        Shell::ALL.map(|shell| (shell, shell.command())).into();
    for suite in BASH_SUITES {
        let root = packages::fetch(&Selection {
            name: &format!("bash-{suite}"),
            suite,
            packages: &["bash", "libtinfo6"],
            follow: &[],
            skip: &[],
        });
        let root = root.unwrap();
        let mut bash = Command::new(packages::find(&root, "bin/bash").unwrap());
        let libraries = packages::find(&root, "lib/x86_64-linux-gnu").unwrap();
        bash.env("LD_LIBRARY_PATH", libraries);
        versions.push((Shell::Bash, bash));
    }
    versions.extend(std::env::var_os(BASH_VARIABLE).map(|path| (Shell::Bash, Command::new(path))));
    versions
}

/// The candidates for each unfinished line, with backslashes and descriptions taken away.
pub fn ask(shell: Shell, kernel: Kernel, lines: &[String]) -> Vec<Vec<String>> {
    ask_version(shell, shell.command(), kernel, lines)
}

/// The same of a certain version of a shell.
pub fn ask_version(
    shell: Shell,
    mut command: Command,
    kernel: Kernel,
    lines: &[String],
) -> Vec<Vec<String>> {
    let stage = Stage::new(kernel);
    match shell {
        Shell::Bash => command.args(["--norc", "--noprofile"]),
        Shell::Zsh => command.arg("-f"),
        Shell::Fish => command.arg("--no-config"),
    };
    let name = format!("ask.{shell:?}").to_lowercase();
    command.arg(script(&name)).arg(completions());
    command.arg(if kernel == Kernel::HasNone {
        "false"
    } else {
        "true"
    });
    command.arg(script("asked.zsh")).arg(&stage.dir);
    let text = stage.run(&mut command, lines.join("\n") + "\n");
    match kernel {
        Kernel::HasNone => assert!(stage.calls().is_empty(), "{shell:?}"),
        _ => assert!(stage.calls().iter().all(|call| is_look(call)), "{shell:?}"),
    }
    let mut answers: Vec<Vec<String>> = text
        .split("END\n")
        .map(|answer| {
            let candidates = answer.lines().map(|line| {
                let (candidate, _description) = line.split_once('\t').unwrap_or((line, ""));
                candidate.replace('\\', "")
            });
            let mut candidates: Vec<String> = candidates.collect();
            candidates.sort();
            candidates.dedup();
            candidates
        })
        .collect();
    answers.pop();
    assert_eq!(answers.len(), lines.len(), "{shell:?}");
    answers
}

/// Whether a call only asks for the table.
fn is_look(call: &str) -> bool {
    call == "-Sn" || (call.starts_with("--netns ") && call.ends_with(" -Sn"))
}

/// What `ipvsadm` is called with when these lines are typed, `\t` for the tabulator key.
pub fn typed(shell: Shell, lines: &[&str]) -> Vec<String> {
    let stage = Stage::new(Kernel::HasTable);
    let dir = completions().display().to_string();
    let (set_up, words): (String, &[&str]) = match shell {
        Shell::Bash => (
            format!("source {dir}/ipvsadm.bash; _ipvsadm_loaded() {{ true; }}; PS1=REA''DY"),
            &["bash", "--norc", "--noprofile", "-i"],
        ),
        Shell::Zsh => (
            format!(
                "fpath=({dir} $fpath); autoload -Uz compinit; compinit -D -u; \
                 _ipvsadm_loaded() {{ true }}; PROMPT=REA''DY"
            ),
            &["zsh", "-f", "-i"],
        ),
        Shell::Fish => (
            format!(
                "source {dir}/ipvsadm.fish; function __ipvsadm_loaded; true; end; \
                 function fish_prompt; echo -n REA''DY; end"
            ),
            &["fish", "--no-config", "-i"],
        ),
    };
    let mut command = Command::new("zsh");
    command.arg("-f").arg(script("type.zsh")).arg(set_up);
    command.args(words);
    stage.run(&mut command, lines.join("\n") + "\n");
    let mut calls = stage.calls();
    calls.retain(|call| !is_look(call));
    calls
}
