#!/usr/bin/python3
"""That layers.py sees what it is there for: each file here is put into an empty tree alone."""
import pathlib
import tempfile
import unittest

import layers

ALLOWED = [
    ("agent/base/text.cc", '#include "agent/base/text.h"'),
    ("agent/base/log.cc", "#include <boost/log/core.hpp>"),
    ("agent/http/multi.cc", "#include <curl/curl.h>"),
    ("agent/aws/xml.cc", "#include <pugixml.hpp>"),
    ("agent/pipeline/job.h", '#include "agent/run/run.h"'),
    ("agent/main.cc", '#include "actions/catalog.h"'),
    ("agent/main.cc", '#include "agent/aws/client.h"'),
    ("agent/main.cc", '#include "agent/options.h"'),
    ("actions/ops/ec2.h", '#include "agent/run/operation.h"'),
    ("tests/local_cloud/server.cc", "#include <boost/beast/http.hpp>"),
    ("tests/local_cloud/server.cc", '#include "agent/base/text.h"'),
    ("tests/actions/create_image_test.cc", '#include "tests/local_cloud/cloud.h"'),
    ("tests/actions/create_image_test.cc", '#include "agent/pipeline/job.h"'),
]

REFUSED = [
    ("agent/base/text.h", '#include "agent/http/http.h"'),
    ("agent/http/multi.cc", '#include "agent/aws/call.h"'),
    ("agent/aws/client.cc", '#include "agent/run/run.h"'),
    ("agent/run/run.h", '#include "agent/pipeline/job.h"'),
    ("agent/run/run.h", '#include "actions/catalog.h"'),
    ("agent/pipeline/work.cc", '#include "actions/catalog.h"'),
    ("agent/pipeline/work.cc", '#include "agent/http/http.h"'),
    ("agent/options.cc", '#include "actions/catalog.h"'),
    ("agent/main.cc", '#include "tests/support/fake_clock.h"'),
    ("actions/create_image.cc", '#include "agent/aws/call.h"'),
    ("actions/ops/ec2.h", '  #  include "agent/http/http.h"'),
    ("actions/create_image.cc", '#include "tests/support/fake_clock.h"'),
    ("tests/local_cloud/signature.cc", '#include "agent/aws/sigv4.h"'),
    ("tests/local_cloud/ec2/images.cc", '#include "actions/ops/ec2.h"'),
    ("tests/local_cloud/cloud.cc", '#include "tests/support/fake_clock.h"'),
    ("agent/aws/client.cc", "#include <curl/curl.h>"),
    ("agent/run/journal.cc", "#include <pugixml.hpp>"),
    ("agent/base/text.cc", "#include <boost/log/core.hpp>"),
    ("agent/http/multi.cc", "#include <openssl/evp.h>"),
    ("agent/http/multi.cc", "#include <boost/beast/core.hpp>"),
    ("agent/base/text.h", "#include <gtest/gtest.h>"),
    ("agent/base/text.cc", '#include "text.h"'),
]


class LayerRule(unittest.TestCase):
    def found(self, name, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True)
            path.write_text("#pragma once\n\n" + text + "\n")
            return list(layers.violations(pathlib.Path(folder)))

    def test_includes_that_point_down_are_allowed(self):
        for name, text in ALLOWED:
            with self.subTest(name=name, text=text):
                self.assertEqual(self.found(name, text), [])

    def test_includes_that_point_up_or_leave_their_confinement_are_found_with_their_line(self):
        for name, text in REFUSED:
            with self.subTest(name=name, text=text):
                found = self.found(name, text)
                self.assertEqual(len(found), 1)
                self.assertTrue(found[0].startswith(f"{name}:3: "), found[0])


if __name__ == "__main__":
    unittest.main()
