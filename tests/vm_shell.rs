//! Runs a command, or a shell, in the virtual machine that the tests use:
//!
//! ```sh
//! cargo test --quiet --test vm_shell -- 6.1                           # a shell
//! cargo test --quiet --test vm_shell -- 6.1 sh -c 'modprobe ip_vs; ipvsadm -Ln'
//! cargo test --quiet --test vm_shell -- --counting --file ./rules:/tmp/rules 6.1 sh -c 'time ipvsadm-restore </tmp/rules'
//! ```
//!
//! Our `ipvsadm` is in `/sbin`, the reference is `/opt/reference/ipvsadm`. Without a kernel's name among the
//! arguments this is an ordinary test: does the machine boot and list an empty table?

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use vm::{Guest, Kernel};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Request::parse(&arguments) {
        Some(request) => request.run(),
        None => {
            libtest_mimic::run(&Arguments::from_args(), vec![Trial::test("boot", boot)]).exit_code()
        }
    }
}

/// What either program does without IPVS in the kernel, and what makes it load IPVS; then lets the reference, which
/// is known to be right, look at the tables.
const BOOT: &str = "\
mv /lib/modules /lib/away
for program in /opt/reference/ipvsadm /sbin/ipvsadm; do
  for command in --version -v -Ln -C -Sn; do
    $program $command 2>/tmp/error | sed 's/ v[0-9].*/ vN/'
    $program $command >/dev/null 2>&1
    echo \"$command $?: $(sed -n 's/^\\(Can.t initialize ipvs\\).*/\\1/p' /tmp/error)\"
  done
done
cat /tmp/error
mv /lib/away /lib/modules
for program in /opt/reference/ipvsadm /sbin/ipvsadm; do
  $program --version >/dev/null
  echo \"--version $?\"
  modprobe -r ip_vs && echo unloaded
done
modprobe ip_vs && /opt/reference/ipvsadm -Ln
";

const WITHOUT_IPVS: &str = "\
--version 2: Can't initialize ipvs
-v 2: Can't initialize ipvs
-Ln 2: Can't initialize ipvs
-C 2: Can't initialize ipvs
-Sn 2: Can't initialize ipvs
ipvsadm vN
--version 2: Can't initialize ipvs
ipvsadm vN
-v 2: Can't initialize ipvs
-Ln 2: Can't initialize ipvs
-C 2: Can't initialize ipvs
-Sn 2: Can't initialize ipvs
";

/// Words of modprobe are quoted as they are.
const MODPROBE: &str = "(exit status: 1: modprobe: can't change directory to '/lib/modules': No such file or directory)";

const WITH_IPVS: &str = "\
--version 0
unloaded
--version 0
unloaded
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port";

fn boot() -> Result<(), Failed> {
    let outcome = Guest::new(Kernel::V6_1).run_with(&["sh", "-c", BOOT], &mut |_| {})?;
    let text = outcome.text();
    let as_expected = outcome.success()
        && text.starts_with(WITHOUT_IPVS)
        && text.contains(MODPROBE)
        && text.contains(WITH_IPVS);
    if as_expected {
        Ok(())
    } else {
        Err(format!("status {}, output:\n{text}", outcome.status).into())
    }
}

/// What a developer asks for: `[--counting] [--cpus N] [--timeout S] [--file HOST:GUEST]... KERNEL [command...]`.
struct Request {
    guest: Guest,
    command: Vec<String>,
}

impl Request {
    /// None if this is not one, but the command line of a test run.
    fn parse(arguments: &[String]) -> Option<Self> {
        let position = arguments
            .iter()
            .position(|argument| argument.parse::<Kernel>().is_ok())?;
        let mut guest =
            Guest::new(arguments[position].parse().ok()?).timeout(Duration::from_secs(600));
        let mut options = arguments[..position].iter();
        while let Some(option) = options.next() {
            guest = match option.as_str() {
                "--counting" => guest.counting(true),
                "--cpus" => guest.cpus(options.next()?.parse().ok()?),
                "--timeout" => guest.timeout(Duration::from_secs(options.next()?.parse().ok()?)),
                "--file" => {
                    let (host, path) = options.next()?.split_once(':')?;
                    guest.file(host, path)
                }
                _ => return None,
            };
        }
        let mut command = arguments[position + 1..].to_vec();
        if command.first().is_some_and(|word| word == "--") {
            command.remove(0);
        }
        if command.is_empty() {
            command.push("sh".to_owned());
        }
        Some(Self { guest, command })
    }

    /// Exits as the command does; the terminal, where there is one, is the guest's.
    fn run(self) -> ExitCode {
        let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let command: Vec<&str> = self.command.iter().map(String::as_str).collect();
        match self.guest.interactive(interactive).run(&command) {
            Ok(outcome) => {
                eprintln!(
                    "[boot {:.1} s, command {:.1} s]",
                    outcome.boot.as_secs_f64(),
                    outcome.payload.as_secs_f64()
                );
                ExitCode::from(u8::try_from(outcome.status).unwrap_or(u8::MAX))
            }
            Err(error) => {
                eprintln!("vm_shell: {error}");
                ExitCode::from(125)
            }
        }
    }
}
