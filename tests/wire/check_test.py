#!/usr/bin/python3
"""That the wire checks see what they are there for: right exchanges pass, each wrong one is found.

  check_test.py APIS_FOLDER
"""
import sys
import unittest

from check_answers import Answer
from check_requests import check
from exchange import Exchange
from model import models
from walk import Account

SDK = sys.argv.pop()
EC2 = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"'
AUTO_SCALING = 'xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"'


def exchange(service, operation, request=None, response=None):
    """An entry of a log; requests and responses are (body, headers, target or status)."""
    body, headers, target = request or ("", {}, "/")
    answer, answer_headers, status = response or ("", {}, 200)
    return Exchange({
        "sequence": 1, "service": service, "operation": operation, "error": "", "effect": "",
        "request": {"method": "PUT" if service == "s3" else "POST", "target": target,
                    "headers": headers, "body": body, "body_size": len(body)},
        "response": {"status": status, "headers": answer_headers, "body": answer,
                     "body_size": len(answer)}})


def form(body, service="ec2", version="2016-11-15"):
    action = body.partition("&")[0]
    return exchange(service, action, (f"Action={action}&Version={version}{body[len(action):]}",
                                      {}, "/"))


def codepipeline(operation, body):
    headers = {"X-Amz-Target": f"CodePipeline_20150709.{operation}",
               "Content-Type": "application/x-amz-json-1.1"}
    return exchange("codepipeline", operation, (body, headers, "/"))


def s3(operation, target, headers=None, body=""):
    return exchange("s3", operation, (body, headers or {}, target))


def auto_scaling(body):
    return form(body, "autoscaling", "2011-01-01")


TYPE = '{"category":"Deploy","owner":"Custom","provider":"CreateImage","version":"1"}'

RIGHT_REQUESTS = [
    form("CreateImage&InstanceId=i-0123&Name=abc&NoReboot=true&TagSpecification.1.ResourceType="
         "image&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value="),
    form("CopyImage&Name=a&SourceImageId=ami-1&SourceRegion=eu-west-1"
         "&TagSpecification.1.ResourceType=image"),
    auto_scaling("DescribeAutoScalingGroups&AutoScalingGroupNames.member.1=web&MaxRecords=5"),
    auto_scaling("StartInstanceRefresh&AutoScalingGroupName=web&Preferences.BakeTime=60"
                 "&Preferences.AlarmSpecification.Alarms.member.1=errors"),
    codepipeline("PollForJobs", f'{{"actionTypeId":{TYPE},"maxBatchSize":10}}'),
    s3("PutObject", "/bucket/a/b%20c", {"If-None-Match": "*", "x-amz-meta-own": "1",
                                         "x-amz-server-side-encryption": "aws:kms"}, "bytes"),
    s3("PutBucketVersioning", "/bucket?versioning", {},
       '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
       "<Status>Enabled</Status></VersioningConfiguration>"),
]

WRONG_REQUESTS = [
    (form("CreateImages&Name=a"), "no model knows this operation"),
    (form("CreateImage&InstanceId=i-0123"), "Name: is required"),
    (form("CreateImage&InstanceId=i-0123&Name=a&NoReboot=yes"), "neither true nor false"),
    (form("CreateImage&InstanceId=i-0123&Name=a&Reboot=true"), "Reboot: no model knows"),
    (form("CreateImage&InstanceId=i-0123&Name=a&TagSpecification.2.ResourceType=image"),
     "numbered from 1"),
    (form("CreateImage&InstanceId=i-0123&Name=a&TagSpecification.1.ResourceType=picture"),
     "none of"),
    (form("CreateImage&InstanceId=i-0123&Name.x=a"), "not a value"),
    (form("CreateImage&InstanceId=i-0123&Name=a", version="2011-01-01"), "Version is not"),
    (auto_scaling("DescribeAutoScalingGroups&AutoScalingGroupNames.1=web"), "member"),
    (auto_scaling("DescribeAutoScalingGroups&MaxRecords=five"), "not a number"),
    (auto_scaling("StartInstanceRefresh&AutoScalingGroupName=web&Preferences.Bake=60"),
     "Bake: no model knows"),
    (auto_scaling("StartInstanceRefresh&AutoScalingGroupName=web&Preferences.BakeTime=long"),
     "not a number"),
    (codepipeline("PollForJobs", "{}"), "actionTypeId: is required"),
    (codepipeline("PollForJobs", f'{{"actionTypeId":{TYPE},"maxBatchSize":0}}'), "not between"),
    (codepipeline("PollForJobs", f'{{"actionTypeId":{TYPE},"maxBatchSize":"1"}}'),
     "not a integer"),
    (codepipeline("AcknowledgeJob", '{"jobId":"no uuid","nonce":"1"}'), "does not match"),
    (codepipeline("AcknowledgeJob", '{"jobId":null,"nonce":"1"}'), "not a string"),
    (exchange("codepipeline", "ListPipelines", ("{}", {}, "/")), "x-amz-target"),
    (s3("PutObject", "/bucket"), "is not PUT"),
    (s3("PutObject", "/bucket/key?colour=red"), "no model knows this query parameter"),
    (s3("PutObject", "/bucket/key", {"x-amz-colour": "red"}), "no model knows this header"),
    (s3("PutObject", "/bucket/key", {"x-amz-server-side-encryption": "rot13"}), "none of"),
    (s3("PutBucketVersioning", "/bucket", {}, "<VersioningConfiguration/>"),
     "query parameter that names the operation"),
    (s3("PutBucketVersioning", "/bucket?versioning", {}, "<Versioning/>"), "is meant"),
]


def ec2_answer(operation, inner, status=200):
    return exchange("ec2", operation, None, (
        f"<{operation}Response {EC2}><requestId>r</requestId>{inner}</{operation}Response>",
        {}, status))


def groups_answer(inner, more=""):
    name = "DescribeAutoScalingGroups"
    return exchange("autoscaling", name, None, (
        f"<{name}Response {AUTO_SCALING}><{name}Result><AutoScalingGroups>{inner}"
        f"</AutoScalingGroups></{name}Result><ResponseMetadata><RequestId>r</RequestId>"
        f"</ResponseMetadata>{more}</{name}Response>", {}, 200))


def json_answer(operation, body, status=200):
    return exchange("codepipeline", operation, None, (body, {}, status))


def ec2_error(code):
    return exchange("ec2", "CreateImage", None, (
        f"<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors>"
        f"<RequestID>r</RequestID></Response>", {}, 400))


RIGHT_ANSWERS = [
    ec2_answer("CreateImage", "<imageId>ami-1</imageId>"),
    ec2_answer("DescribeImages", "<imagesSet><item><imageId>ami-1</imageId><isPublic>false</isPublic>"
               "<imageState>pending</imageState><tagSet/></item></imagesSet>"),
    groups_answer("<member><AutoScalingGroupName>web</AutoScalingGroupName><MinSize>1</MinSize>"
                  "<CreatedTime>2026-01-02T03:04:05.678Z</CreatedTime></member>"),
    json_answer("AcknowledgeJob", '{"status":"InProgress"}'),
    json_answer("PollForJobs", '{"jobs":[{"__type":"x#Job","nonce":"1","data":null}]}'),
    json_answer("PutJobSuccessResult", ""),
    json_answer("AcknowledgeJob", '{"__type":"InvalidNonceException","message":"m"}', 400),
    ec2_error("InvalidInstanceID.NotFound"),
    exchange("s3", "PutObject", None, ("", {"ETag": '"1"', "x-amz-version-id": "v"}, 200)),
]

WRONG_ANSWERS = [
    (ec2_answer("CreateImage", "<image>ami-1</image>"), "no model knows this member"),
    (ec2_answer("DescribeImages", "<imagesSet><member><imageId>a</imageId></member></imagesSet>"),
     "has something else in it"),
    (ec2_answer("DescribeImages", "<imagesSet><item><isPublic>no</isPublic></item></imagesSet>"),
     "neither true nor false"),
    (ec2_answer("DescribeImages",
                "<imagesSet><item><imageState>gone</imageState></item></imagesSet>"), "none of"),
    (exchange("ec2", "CreateImage", None, ("<CreateImageResponse/>", {}, 200)), "root is"),
    (groups_answer("<member><MinSize>one</MinSize></member>"), "not a number"),
    (groups_answer("<member><CreatedTime>yesterday</CreatedTime></member>"), "not a time"),
    (groups_answer("", "<More/>"), "nothing else"),
    (json_answer("AcknowledgeJob", '{"status":"Busy"}'), "none of"),
    (json_answer("AcknowledgeJob", '{"state":"InProgress"}'), "no model knows this member"),
    (json_answer("PollForJobs", '{"jobs":{}}'), "not an array"),
    (json_answer("AcknowledgeJob", '{"__type":"NoSuchThing","message":"m"}', 400), "NoSuchThing"),
    (ec2_error("InvalidColour"), "InvalidColour"),
    (exchange("s3", "PutObject", None, ("", {"x-amz-colour": "red"}, 200)), "this header"),
    (exchange("s3", "PutObject", None, ("<Answer/>", {}, 200)), "a body where none is meant"),
]


def faults_of_request(subject):
    account = Account()
    check(subject, SDK, account)
    return account.faults


def faults_of_answer(subject):
    account = Account()
    Answer(subject, SDK, account).check()
    return account.faults


class Checks(unittest.TestCase):
    def none(self, found_by, subjects):
        for subject in subjects:
            with self.subTest(title=subject.title, body=subject.body, answer=subject.answer):
                self.assertEqual(found_by(subject), [])

    def each(self, found_by, subjects):
        for subject, words in subjects:
            with self.subTest(title=subject.title, words=words):
                found = found_by(subject)
                self.assertTrue(any(words in fault for fault in found), found)

    def test_right_requests_pass(self):
        self.none(faults_of_request, RIGHT_REQUESTS)

    def test_what_is_wrong_with_a_request_is_found(self):
        self.each(faults_of_request, WRONG_REQUESTS)

    def test_right_answers_pass(self):
        self.none(faults_of_answer, RIGHT_ANSWERS)

    def test_what_is_wrong_with_an_answer_is_found(self):
        self.each(faults_of_answer, WRONG_ANSWERS)

    def test_the_newer_models_vouch_for_what_botocore_does_not_know(self):
        account = Account()
        check(RIGHT_REQUESTS[1], SDK, account)
        self.assertEqual(account.members["ec2 CopyImage.TagSpecification"], "aws-sdk")
        self.assertEqual(account.members["ec2 CopyImage.SourceRegion"], "botocore")

    def test_the_newest_client_vouches_for_what_no_other_model_knows(self):
        account = Account()
        check(RIGHT_REQUESTS[3], SDK, account)
        refresh = "autoscaling StartInstanceRefresh.Preferences"
        self.assertEqual(account.members[refresh], "botocore")
        self.assertEqual(account.members[f"{refresh}.AlarmSpecification"], "aws-sdk")
        self.assertEqual(account.members[f"{refresh}.BakeTime"], "aws-sdk 3")

    def test_values_that_an_enum_has_got_since_are_let_pass(self):
        statuses = models("autoscaling", SDK)[0].raw["shapes"]["InstanceRefreshStatus"]["enum"]
        self.assertIn("RollbackInProgress", statuses)
        self.assertIn("Cancelling", statuses)


if __name__ == "__main__":
    unittest.main()
