#!/usr/bin/python3
"""boto3 drives the local cloud: what it reads is what it wrote, and all that went over the wire,
both ways, is as the service models say.

  boto3_test.py LOCAL_CLOUD APIS_FOLDER LOG
"""
import io
import json
import pathlib
import sys
import unittest

import boto3
from botocore.exceptions import ClientError

import cloud

PACE = {"image_time": "150ms", "visibility_lag": "0ms", "instance_start_time": "20ms",
        "instance_reboot_time": "20ms", "builtin_action_time": "20ms", "log_limit": "5000",
        "parameter_check_time": "100ms", "disabled_regions": "me-*"}
PROGRAM, SDK, LOG = sys.argv[1:4]
PUBLIC_IMAGE = "ami-0abcdef1234567890"
PACKAGING = pathlib.Path(__file__).parents[2] / "packaging"


def code_of(test, call, **parameters):
    with test.assertRaises(ClientError) as refused:
        call(**parameters)
    return refused.exception.response["Error"]["Code"]


class Boto3(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.running = cls.enterClassContext(cloud.cloud(PROGRAM, PACE))
        cls.ec2 = cls.running.client("ec2")
        cls.groups = cls.running.client("autoscaling")
        cls.pipelines = cls.running.client("codepipeline")
        cls.s3 = cls.running.client("s3")
        cls.ssm = cls.running.client("ssm")
        cls.sts = cls.running.client("sts")

    @classmethod
    def tearDownClass(cls):
        log = cls.running.control("requests")
        pathlib.Path(LOG).write_text(json.dumps(log), encoding="utf-8")

    def image(self, image_id):
        return self.ec2.describe_images(ImageIds=[image_id])["Images"][0]

    def template(self, name):
        data = {"ImageId": PUBLIC_IMAGE, "InstanceType": "t3.small", "UserData": "IyEvYmluL3NoCg==",
                "MetadataOptions": {"HttpTokens": "required"},
                "BlockDeviceMappings": [{"DeviceName": "/dev/xvda",
                                         "Ebs": {"VolumeSize": 20, "VolumeType": "gp3"}}],
                "TagSpecifications": [{"ResourceType": "instance",
                                       "Tags": [{"Key": "Name", "Value": name}]}]}
        self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        return data

    def test_a_template_version_has_what_it_inherits_and_what_it_changes(self):
        data = self.template("inherit")
        made = self.ec2.create_launch_template_version(
            LaunchTemplateName="inherit", SourceVersion="1", VersionDescription="second",
            LaunchTemplateData={"ImageId": "ami-0abcdef1234567891"}, ClientToken="one")
        self.assertEqual(made["LaunchTemplateVersion"]["VersionNumber"], 2)
        versions = self.ec2.describe_launch_template_versions(
            LaunchTemplateName="inherit", Versions=["$Latest"])["LaunchTemplateVersions"]
        self.assertEqual(versions[0]["LaunchTemplateData"]["ImageId"], "ami-0abcdef1234567891")
        for member in ("InstanceType", "UserData", "TagSpecifications"):
            self.assertEqual(versions[0]["LaunchTemplateData"][member], data[member])
        self.ec2.modify_launch_template(LaunchTemplateName="inherit", DefaultVersion="2")
        template = self.ec2.describe_launch_templates(
            LaunchTemplateNames=["inherit"])["LaunchTemplates"][0]
        self.assertEqual((template["DefaultVersionNumber"], template["LatestVersionNumber"]), (2, 2))
        self.assertEqual(
            code_of(self, self.ec2.describe_launch_template_versions,
                    LaunchTemplateName="nobody's"),
            "InvalidLaunchTemplateName.NotFoundException")

    def test_an_instance_is_imaged_and_the_image_becomes_available_with_its_snapshot(self):
        instance = self.ec2.run_instances(ImageId=PUBLIC_IMAGE, InstanceType="t3.small", MinCount=1,
                                          MaxCount=1)["Instances"][0]["InstanceId"]
        cloud.wait_for(lambda: self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
                       [0]["Instances"][0]["State"]["Name"] == "running")
        tags = [{"ResourceType": kind, "Tags": [{"Key": "a", "Value": "b"}]}
                for kind in ("image", "snapshot")]
        image = self.ec2.create_image(InstanceId=instance, Name="boto3's", NoReboot=True,
                                      TagSpecifications=tags)["ImageId"]
        self.assertEqual(code_of(self, self.ec2.create_image, InstanceId=instance, Name="boto3's"),
                         "InvalidAMIName.Duplicate")
        cloud.wait_for(lambda: self.image(image)["State"] == "available")
        described = self.image(image)
        self.assertEqual(described["Tags"], tags[0]["Tags"])
        snapshot = described["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
        found = self.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
        self.assertEqual((found["State"], found["Progress"], found["Tags"]),
                         ("completed", "100%", tags[1]["Tags"]))
        by_tag = self.ec2.describe_images(Owners=["self"],
                                          Filters=[{"Name": "tag:a", "Values": ["b"]}])["Images"]
        self.assertEqual([found["ImageId"] for found in by_tag], [image])
        self.ec2.deregister_image(ImageId=image)
        self.assertEqual(self.ec2.describe_images(Owners=["self"])["Images"], [])
        self.ec2.delete_snapshot(SnapshotId=snapshot)
        self.assertEqual(code_of(self, self.ec2.describe_snapshots, SnapshotIds=[snapshot]),
                         "InvalidSnapshot.NotFound")
        self.ec2.terminate_instances(InstanceIds=[instance])

    def running_instance(self, **more):
        instance = self.ec2.run_instances(ImageId=PUBLIC_IMAGE, InstanceType="t3.small", MinCount=1,
                                          MaxCount=1, **more)["Instances"][0]["InstanceId"]
        cloud.wait_for(lambda: self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
                       [0]["Instances"][0]["State"]["Name"] == "running")
        return instance

    def new_image(self, name):
        image = self.ec2.create_image(InstanceId=self.running_instance(), Name=name)["ImageId"]
        cloud.wait_for(lambda: self.image(image)["State"] == "available")
        return image

    def test_an_image_is_copied_to_another_region_and_encrypted_there(self):
        # The copy is followed by its snapshots: no model knows an image's SourceImageId yet.
        image = self.new_image("to copy")
        there = self.running.client("ec2", "us-east-1")
        wanted = {"SourceImageId": image, "SourceRegion": cloud.REGION, "Name": "copied"}
        copy = there.copy_image(**wanted, Encrypted=True, KmsKeyId="alias/mine", ClientToken="1",
                                CopyImageTags=True)["ImageId"]
        found = lambda: there.describe_snapshots(
            OwnerIds=["self"], Filters=[{"Name": "description", "Values": [f"*{copy}*"]}])["Snapshots"]
        cloud.wait_for(lambda: found() and found()[0]["State"] == "completed")
        self.assertTrue(found()[0]["Encrypted"])
        self.assertTrue(found()[0]["KmsKeyId"].startswith("arn:aws:kms:us-east-1:"))
        self.assertEqual(code_of(self, there.copy_image, **{**wanted, "SourceImageId": "ami-00000000"}),
                         "InvalidAMIID.NotFound")
        self.assertEqual(code_of(self, self.running.client("ec2", "me-south-1").describe_images),
                         "AuthFailure")
        self.ec2.deregister_image(ImageId=image)

    def test_who_may_launch_an_image_is_changed_and_described(self):
        image = self.new_image("to share")
        self.ec2.modify_image_attribute(ImageId=image, LaunchPermission={
            "Add": [{"UserId": "222233334444"}, {"Group": "all"}]})
        permissions = lambda: self.ec2.describe_image_attribute(
            ImageId=image, Attribute="launchPermission")["LaunchPermissions"]
        self.assertEqual(permissions(), [{"Group": "all"}, {"UserId": "222233334444"}])
        self.assertTrue(self.image(image)["Public"])
        self.ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")
        self.assertEqual(permissions(), [])
        self.ec2.modify_image_attribute(ImageId=image, Description={"Value": "changed"})
        described = self.ec2.describe_image_attribute(ImageId=image, Attribute="description")
        self.assertEqual(described["Description"], {"Value": "changed"})
        self.ec2.enable_image_deprecation(ImageId=image, DeprecateAt="2099-01-01T00:00:00Z")
        self.assertEqual(self.image(image)["DeprecationTime"], "2099-01-01T00:00:00.000Z")
        self.ec2.disable_image_deprecation(ImageId=image)
        self.ec2.deregister_image(ImageId=image)

    def test_lists_come_in_pages_down_to_empty_ones(self):
        for number in range(5):
            self.template(f"paged-{number}")
        names = lambda: [found["LaunchTemplateName"]
                         for page in self.ec2.get_paginator("describe_launch_templates").paginate()
                         for found in page["LaunchTemplates"]
                         if found["LaunchTemplateName"].startswith("paged-")]
        whole = names()
        self.assertEqual(len(whole), 5)
        self.running.control("settings", {"page_size": "2", "empty_pages": "true"})
        self.assertEqual(names(), whole)
        self.running.control("settings", {"page_size": "0", "empty_pages": "false"})

    def test_a_parameter_names_the_image_that_a_template_launches(self):
        put = self.ssm.put_parameter(Name="/web/image", Value=PUBLIC_IMAGE, Type="String",
                                     DataType="aws:ec2:image", Tags=[{"Key": "a", "Value": "b"}])
        self.assertEqual((put["Version"], put["Tier"]), (1, "Standard"))
        names = lambda: [found["Name"] for found in self.ssm.describe_parameters(
            ParameterFilters=[{"Key": "tag:a", "Values": ["b"]}])["Parameters"]]
        cloud.wait_for(lambda: names() == ["/web/image"])
        self.ec2.create_launch_template(LaunchTemplateName="resolved", LaunchTemplateData={
            "ImageId": "resolve:ssm:/web/image", "InstanceType": "t3.small"})
        launched = self.ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "resolved"},
                                          MinCount=1, MaxCount=1)["Instances"][0]
        self.assertEqual(launched["ImageId"], PUBLIC_IMAGE)
        self.assertEqual(code_of(self, self.ssm.put_parameter, Name="/web/image", Value="ami-1",
                                 Type="String"), "ParameterAlreadyExists")

    def test_parameters_are_read_tagged_labelled_and_deleted(self):
        for value in ("red", "blue"):
            self.ssm.put_parameter(Name="/web/colour", Value=value, Type="String", Overwrite=True,
                                   Description="of the web")
        self.ssm.label_parameter_version(Name="/web/colour", ParameterVersion=1, Labels=["old"])
        found = self.ssm.get_parameter(Name="/web/colour:old")["Parameter"]
        self.assertEqual((found["Value"], found["Selector"], found["Version"]), ("red", ":old", 1))
        several = self.ssm.get_parameters(Names=["/web/colour", "none"])
        self.assertEqual([found["Value"] for found in several["Parameters"]], ["blue"])
        self.assertEqual(several["InvalidParameters"], ["none"])
        tagged = {"ResourceType": "Parameter", "ResourceId": "/web/colour"}
        self.ssm.add_tags_to_resource(**tagged, Tags=[{"Key": "a", "Value": "c"}])
        self.assertEqual(self.ssm.list_tags_for_resource(**tagged)["TagList"],
                         [{"Key": "a", "Value": "c"}])
        self.ssm.remove_tags_from_resource(**tagged, TagKeys=["a"])
        self.assertEqual(code_of(self, self.ssm.get_parameter, Name="/web/colour:9"),
                         "ParameterVersionNotFound")
        self.ssm.delete_parameter(Name="/web/colour")
        self.assertEqual(self.ssm.delete_parameters(Names=["/web/colour"])["InvalidParameters"],
                         ["/web/colour"])
        self.assertEqual(code_of(self, self.ssm.get_parameter, Name="/web/colour"),
                         "ParameterNotFound")

    def test_what_every_account_finds_in_a_region_is_described(self):
        group = self.ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]
        subnets = self.ec2.describe_subnets()["Subnets"]
        self.assertEqual({subnet["VpcId"] for subnet in subnets}, {group["VpcId"]})
        self.assertEqual(code_of(self, self.ec2.create_image, InstanceId="i-0123456789abcdef0",
                                 Name="none"), "InvalidInstanceID.NotFound")
        self.assertEqual(code_of(self, self.ec2.describe_instances, InstanceIds=["nonsense"]),
                         "InvalidInstanceID.Malformed")

    def test_a_group_brings_its_instances_into_service(self):
        self.template("grouped")
        self.groups.create_auto_scaling_group(
            AutoScalingGroupName="boto3", MinSize=1, MaxSize=3, DesiredCapacity=2,
            AvailabilityZones=[cloud.REGION + "a", cloud.REGION + "b"],
            LaunchTemplate={"LaunchTemplateName": "grouped", "Version": "$Latest"},
            Tags=[{"Key": "team", "Value": "web", "PropagateAtLaunch": True}])

        def group():
            return self.groups.describe_auto_scaling_groups(
                AutoScalingGroupNames=["boto3"])["AutoScalingGroups"][0]

        def in_service():
            return [found for found in group()["Instances"]
                    if found["LifecycleState"] == "InService"]

        cloud.wait_for(lambda: len(in_service()) == 2)
        self.assertEqual({found["HealthStatus"] for found in in_service()}, {"Healthy"})
        self.assertEqual({found["LaunchTemplate"]["Version"] for found in in_service()}, {"1"})
        self.groups.update_auto_scaling_group(AutoScalingGroupName="boto3", MinSize=2)
        self.assertEqual(group()["MinSize"], 2)
        self.assertEqual(
            code_of(self, self.groups.update_auto_scaling_group, AutoScalingGroupName="nobody's"),
            "ValidationError")

    def test_an_instance_refresh_brings_a_version_in(self):
        self.template("refreshed")
        self.ec2.create_launch_template_version(
            LaunchTemplateName="refreshed", SourceVersion="1",
            LaunchTemplateData={"InstanceType": "t3.micro"})
        version = lambda number: {"LaunchTemplateName": "refreshed", "Version": number}
        named = {"AutoScalingGroupName": "refreshed"}
        self.groups.create_auto_scaling_group(
            **named, MinSize=1, MaxSize=2, AvailabilityZones=[cloud.REGION + "a"],
            LaunchTemplate=version("1"))
        newest = lambda: self.groups.describe_instance_refreshes(**named)["InstanceRefreshes"][0]
        refresh = self.groups.start_instance_refresh(
            **named, Strategy="Rolling", DesiredConfiguration={"LaunchTemplate": version("2")},
            Preferences={"MinHealthyPercentage": 100, "InstanceWarmup": 0, "SkipMatching": True})
        self.assertEqual(newest()["InstanceRefreshId"], refresh["InstanceRefreshId"])
        self.assertEqual(code_of(self, self.groups.start_instance_refresh, **named),
                         "InstanceRefreshInProgress")
        cloud.wait_for(lambda: newest()["Status"] == "Successful")
        group = self.groups.describe_auto_scaling_groups(
            AutoScalingGroupNames=["refreshed"])["AutoScalingGroups"][0]
        self.assertEqual(group["LaunchTemplate"]["Version"], "2")
        self.groups.start_instance_refresh(**named)
        self.groups.cancel_instance_refresh(**named)
        cloud.wait_for(lambda: newest()["Status"] == "Cancelled")
        self.assertEqual(code_of(self, self.groups.cancel_instance_refresh, **named),
                         "ActiveInstanceRefreshNotFound")

    def test_objects_have_versions_and_come_back_as_they_went(self):
        self.s3.create_bucket(Bucket="boto3-objects", CreateBucketConfiguration={
            "LocationConstraint": cloud.REGION})
        self.s3.put_bucket_versioning(Bucket="boto3-objects",
                                      VersioningConfiguration={"Status": "Enabled"})
        self.assertEqual(self.s3.get_bucket_versioning(Bucket="boto3-objects")["Status"], "Enabled")
        key = "a folder/ä+b%c.txt"
        first = self.s3.put_object(Bucket="boto3-objects", Key=key, Body=b"\x00first",
                                   Metadata={"own": "1"}, ContentType="text/plain")
        second = self.s3.put_object(Bucket="boto3-objects", Key=key, Body=io.BytesIO(b"second"))
        self.assertNotEqual(first["VersionId"], second["VersionId"])
        got = self.s3.get_object(Bucket="boto3-objects", Key=key, VersionId=first["VersionId"])
        self.assertEqual((got["Body"].read(), got["Metadata"], got["ContentType"]),
                         (b"\x00first", {"own": "1"}, "text/plain"))
        head = self.s3.head_object(Bucket="boto3-objects", Key=key)
        self.assertEqual((head["ContentLength"], head["VersionId"]), (6, second["VersionId"]))
        listed = self.s3.list_objects_v2(Bucket="boto3-objects", Prefix="a folder/")
        self.assertEqual([found["Key"] for found in listed["Contents"]], [key])
        self.assertEqual(code_of(self, self.s3.get_object, Bucket="boto3-objects", Key="none"),
                         "NoSuchKey")
        self.assertEqual(code_of(self, self.s3.get_object, Bucket="nobodys-bucket", Key="none"),
                         "NoSuchBucket")
        self.s3.delete_object(Bucket="boto3-objects", Key=key)
        self.assertEqual(self.s3.list_objects_v2(Bucket="boto3-objects")["KeyCount"], 0)

    def test_a_role_is_taken_and_its_keys_call(self):
        self.assertEqual(self.sts.get_caller_identity()["Account"], "111122223333")
        taken = self.sts.assume_role(RoleArn="arn:aws:iam::444455556666:role/other",
                                     RoleSessionName="boto3")["Credentials"]
        other = boto3.client("sts", region_name=cloud.REGION, endpoint_url=self.running.endpoint,
                             aws_access_key_id=taken["AccessKeyId"],
                             aws_secret_access_key=taken["SecretAccessKey"],
                             aws_session_token=taken["SessionToken"])
        self.assertEqual(other.get_caller_identity()["Account"], "444455556666")

    def poll(self):
        kind = {"category": "Deploy", "owner": "Custom", "provider": "CreateImage", "version": "1"}
        return self.pipelines.poll_for_jobs(actionTypeId=kind, maxBatchSize=1)["jobs"]

    def claimed(self):
        job = cloud.wait_for(self.poll)[0]
        answer = self.pipelines.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
        self.assertEqual(answer["status"], "InProgress")
        return job

    def test_a_pipeline_hands_its_job_out_takes_it_back_and_succeeds(self):
        for bucket in ("web-releases", "web-pipeline-artifacts"):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={
                "LocationConstraint": cloud.REGION})
            self.s3.put_bucket_versioning(Bucket=bucket,
                                          VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_object(Bucket="web-releases", Key="app.zip", Body=b"release")
        read = lambda name: json.loads((PACKAGING / name).read_text(encoding="utf-8")
                                       .replace("REGION", cloud.REGION))
        self.pipelines.create_custom_action_type(**read("action-types/CreateImage.json"))
        self.pipelines.create_pipeline(**read("examples/pipeline.json"))
        job = self.claimed()
        configuration = job["data"]["actionConfiguration"]["configuration"]
        self.assertEqual(configuration["AutoScalingGroupName"], "web")
        self.pipelines.put_job_success_result(
            jobId=job["id"], continuationToken="one",
            executionDetails={"summary": "half", "percentComplete": 50,
                              "externalExecutionId": "ami-1"})
        job = self.claimed()
        self.assertEqual(job["data"]["continuationToken"], "one")
        details = self.pipelines.get_job_details(jobId=job["id"])["jobDetails"]
        self.assertEqual(details["accountId"], "111122223333")
        self.pipelines.put_job_success_result(jobId=job["id"], outputVariables={"ImageId": "ami-1"},
                                              executionDetails={"externalExecutionId": "ami-1"})
        summaries = lambda: self.pipelines.list_pipeline_executions(
            pipelineName="web")["pipelineExecutionSummaries"]
        cloud.wait_for(lambda: summaries()[0]["status"] == "Succeeded")
        states = self.pipelines.get_pipeline_state(name="web")["stageStates"]
        self.assertEqual([state["latestExecution"]["status"] for state in states],
                         ["Succeeded"] * 3)
        self.fail_the_next_execution()
        actions = self.pipelines.list_action_executions(pipelineName="web")
        self.assertEqual(len(actions["actionExecutionDetails"]), 6)
        self.assertEqual(
            code_of(self, self.pipelines.acknowledge_job, jobId=job["id"], nonce="9"),
            "InvalidNonceException")

    def fail_the_next_execution(self):
        execution = self.pipelines.start_pipeline_execution(name="web")["pipelineExecutionId"]
        job = self.claimed()
        self.pipelines.put_job_failure_result(jobId=job["id"], failureDetails={
            "type": "ConfigurationError", "message": "AutoScalingGroupName is wrong"})
        found = self.pipelines.get_pipeline_execution(pipelineName="web",
                                                      pipelineExecutionId=execution)
        self.assertEqual(found["pipelineExecution"]["status"], "Failed")


if __name__ == "__main__":
    passed = unittest.main(argv=sys.argv[:1], exit=False, warnings="ignore").result.wasSuccessful()
    content = cloud.hold_against_models(SDK, [LOG], whose="Boto3")
    sys.exit(0 if passed and content else 1)
