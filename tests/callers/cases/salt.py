# Calls every function of Salt's lvs module and prints what each returns.
#
# It stands in for the parts of Salt that the module uses: running commands, and finding the program.
import importlib.util
import subprocess
import sys
import types


class SaltException(Exception):
    pass


def stand_in(name, **content):
    module = types.ModuleType(name)
    module.__dict__.update(content)
    sys.modules[name] = module
    return module


def run_all(command, python_shell=True):
    assert python_shell is False
    done = subprocess.run(command.split(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    # Salt removes the ends of the lines.
    return {
        "retcode": done.returncode,
        "stdout": done.stdout.rstrip("\n"),
        "stderr": done.stderr.rstrip("\n"),
    }


decorators = stand_in("salt.utils.decorators", memoize=lambda function: function)
path = stand_in("salt.utils.path", which=lambda name: "/sbin/" + name)
utils = stand_in("salt.utils", decorators=decorators, path=path)
exceptions = stand_in("salt.exceptions", SaltException=SaltException)
stand_in("salt", utils=utils, exceptions=exceptions)

spec = importlib.util.spec_from_file_location("lvs", "/opt/salt/lvs.py")
lvs = importlib.util.module_from_spec(spec)
lvs.__dict__["__salt__"] = {
    "cmd.run_all": run_all,
    "cmd.run": lambda command, python_shell=True: run_all(command, python_shell)["stdout"],
}
spec.loader.exec_module(lvs)

VIP, RS1, RS2 = "192.0.2.1:80", "10.0.0.11:80", "10.0.0.12:8080"
NAT = {"packet_forward_method": "nat"}
CALLS = [
    ("__virtual__", (), {}),
    ("clear", (), {}),
    ("get_rules", (), {}),
    ("list_", (), {}),
    ("add_service", ("tcp", VIP, "rr"), {}),
    ("add_service", ("tcp", VIP, "rr"), {}),
    ("add_service", ("udp", "192.0.2.1:53"), {}),
    ("add_service", ("fwmark", "5", "sh"), {}),
    ("add_service", ("tcp", "[2001:db8::1]:80"), {}),
    ("add_service", ("tcp", "192.0.2.1:81", "unheard"), {}),
    ("add_service", ("sctp", VIP), {}),
    ("add_service", (), {}),
    ("check_service", ("tcp", VIP), {}),
    ("check_service", ("tcp", VIP), {"scheduler": "rr"}),
    ("check_service", ("tcp", VIP), {"scheduler": "wlc"}),
    ("check_service", ("tcp", "192.0.2.1:8"), {}),
    ("check_service", ("fwmark", "5"), {}),
    ("edit_service", ("tcp", VIP, "wrr"), {}),
    ("edit_service", ("tcp", "192.0.2.9:80", "wrr"), {}),
    ("add_server", ("tcp", VIP, RS1), {}),
    ("add_server", ("tcp", VIP, RS1), {}),
    ("add_server", ("tcp", VIP, RS2, "nat", 3), {}),
    ("add_server", ("tcp", VIP, "10.0.0.13:80", "tunnel"), {}),
    ("add_server", ("udp", "192.0.2.1:53", "10.0.0.11:53", "nat"), {}),
    ("add_server", ("fwmark", "5", "10.0.0.11", "dr", 2), {}),
    ("add_server", ("tcp", "[2001:db8::1]:80", "[fd00::11]:80", "nat"), {}),
    ("add_server", ("tcp", "192.0.2.9:80", RS1), {}),
    ("add_server", ("tcp", VIP, RS2, "magic"), {}),
    ("check_server", ("tcp", VIP, RS1), {}),
    ("check_server", ("tcp", VIP, RS2), {"weight": 3, **NAT}),
    ("check_server", ("tcp", VIP, RS2), {"weight": 4, **NAT}),
    ("check_server", ("tcp", VIP, "10.0.0.1:80"), {}),
    ("edit_server", ("tcp", VIP, RS2, "nat", 5), {}),
    ("edit_server", ("tcp", VIP, "10.0.0.99:80", "nat", 5), {}),
    ("check_server", ("tcp", VIP, RS2), {"weight": 5, **NAT}),
    ("list_", (), {}),
    ("list_", ("tcp", VIP), {}),
    ("list_", ("fwmark", "5"), {}),
    ("list_", ("tcp", "192.0.2.9:80"), {}),
    ("get_rules", (), {}),
    ("zero", ("tcp", VIP), {}),
    ("zero", ("tcp", "192.0.2.9:80"), {}),
    ("zero", (), {}),
    ("delete_server", ("tcp", VIP, RS1), {}),
    ("delete_server", ("tcp", VIP, RS1), {}),
    ("check_server", ("tcp", VIP, RS1), {}),
    ("delete_service", ("udp", "192.0.2.1:53"), {}),
    ("delete_service", ("udp", "192.0.2.1:53"), {}),
    ("check_service", ("udp", "192.0.2.1:53"), {}),
    ("get_rules", (), {}),
    ("clear", (), {}),
    ("get_rules", (), {}),
]

functions = {name for name, thing in vars(lvs).items() if callable(thing) and thing.__module__ == "lvs"}
missing = functions - {name for name, _, _ in CALLS} - {"__detect_os", "_build_cmd"}
assert not missing, missing
for name, arguments, options in CALLS:
    try:
        returned = getattr(lvs, name)(*arguments, **options)
    except SaltException as error:
        returned = "SaltException: " + str(error)
    print(name, arguments, options)
    print("    " + repr(returned))
