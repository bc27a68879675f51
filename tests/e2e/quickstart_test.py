#!/usr/bin/python3
"""The quick start from the outside: what it prints and leaves, that the pipeline it shows is real,
and that everything that went over the wire in it is as AWS's service models say.

  quickstart_test.py BIN_FOLDER APIS_FOLDER KEEP_FOLDER
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

TREE = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(TREE / "tests" / "wire"))
import cloud  # pylint: disable=wrong-import-position

BIN, SDK, KEEP = sys.argv[1:4]


def quickstart(*arguments):
    return subprocess.run([str(TREE / "packaging" / "quickstart"), *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          start_new_session=True)


def running(program):
    """Processes that run this very file."""
    found = []
    for link in pathlib.Path("/proc").glob("[0-9]*/exe"):
        try:
            if link.readlink() == program:
                found.append(link)
        except OSError:
            pass  # it has ended meanwhile, or is somebody else's
    return found


class QuickStart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(KEEP, ignore_errors=True)
        # Programs of its own, so that what is left running can be told from other tests' agents.
        cls.programs = pathlib.Path(KEEP, "bin").resolve()
        cls.programs.mkdir(parents=True)
        for name in ("codepipeline-agent", "local-cloud"):
            shutil.copy2(pathlib.Path(BIN, name), cls.programs)
        cls.done = quickstart("--bin", str(cls.programs), "--keep", KEEP)
        print(cls.done.stdout, cls.done.stderr, flush=True)

    def requests(self, **wanted):
        log = json.loads(pathlib.Path(KEEP, "requests.json").read_text(encoding="utf-8"))
        return [entry for entry in log["requests"]
                if all(entry[name] == value for name, value in wanted.items())]

    def test_it_exits_with_0_and_says_what_came_out(self):
        self.assertEqual(self.done.returncode, 0)
        short = self.done.stdout[self.done.stdout.index("In short"):]
        self.assertIn("web Succeeded", short)
        self.assertRegex(short, r"image +ami-[0-9a-f]{17} \(available web-")
        self.assertRegex(short, r"version +2 of launch template web")
        image = re.search(r"image +(ami-\w+)", short)[1]
        self.assertRegex(short, rf'"ImageId":"{image}"')

    def test_the_pipelines_state_is_what_the_aws_cli_read(self):
        state = json.loads(pathlib.Path(KEEP, "state.json").read_text(encoding="utf-8"))
        self.assertEqual([stage["latestExecution"]["status"] for stage in state["stageStates"]],
                         ["Succeeded"] * 3)
        last = state["stageStates"][2]["actionStates"][0]["latestExecution"]
        image = re.search(r"image +(ami-\w+)", self.done.stdout)[1]
        self.assertEqual(last["externalExecutionId"], image)
        self.assertTrue(last["summary"])

    def test_one_image_and_one_version_were_made_and_one_result_given(self):
        for operation in ("CreateImage", "CreateLaunchTemplateVersion"):
            made = self.requests(service="ec2", operation=operation, took_effect=True)
            self.assertEqual(len(made), 1, operation)
        final = [entry for entry in self.requests(operation="PutJobSuccessResult", took_effect=True)
                 if not entry["params"].get("continuationToken")]
        self.assertEqual(len(final), 1)

    def test_the_job_was_handed_back_while_it_only_waited(self):
        tokens = [entry["params"].get("continuationToken")
                  for entry in self.requests(operation="PutJobSuccessResult", took_effect=True)]
        self.assertTrue(any(tokens), tokens)

    def test_nothing_is_left_running(self):
        for program in self.programs.iterdir():
            self.assertEqual(running(program), [])

    def test_without_its_programs_it_says_so_and_fails(self):
        with_nothing = quickstart("--bin", str(TREE / "packaging"))
        self.assertEqual(with_nothing.returncode, 1)
        self.assertIn("local-cloud are not in", with_nothing.stderr)

    def test_an_agent_that_ends_badly_makes_it_fail_with_the_reason_and_the_logs(self):
        folder = pathlib.Path(KEEP, "bad")
        folder.mkdir()
        shutil.copy2(pathlib.Path(BIN, "local-cloud"), folder)
        bad = folder / "codepipeline-agent"
        bad.write_text("#!/bin/sh\necho out of luck >&2\nexit 70\n", encoding="utf-8")
        bad.chmod(0o755)
        done = quickstart("--bin", str(folder))
        self.assertEqual(done.returncode, 1)
        self.assertIn("the agent ended with 70", done.stderr)
        self.assertIn("out of luck", done.stderr)
        self.assertEqual(running((folder / "local-cloud").resolve()), [])


if __name__ == "__main__":
    passed = unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful()
    log = pathlib.Path(KEEP, "requests.json")
    content = log.exists() and cloud.hold_against_models(SDK, [str(log)], whose="codepipeline-agent")
    sys.exit(0 if passed and content else 1)
