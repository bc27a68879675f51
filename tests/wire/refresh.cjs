// The AWS SDK for JavaScript 3 drives instance refreshes of the local cloud with the newest
// members: what it reads is what it wrote. Throws where it is not.
//
//   node refresh.cjs FOLDER_OF_NODE_MODULES ENDPOINT REGION KEY SECRET TEMPLATE
//
// TEMPLATE is a launch template with the versions 1 and 2.
"use strict";
const assert = require("node:assert/strict");
const { createRequire } = require("node:module");
const path = require("node:path");
const timers = require("node:timers/promises");

const [folder, endpoint, region, accessKeyId, secretAccessKey, template] = process.argv.slice(2);
const sdk = createRequire(path.join(path.resolve(folder), "from.cjs"))("@aws-sdk/client-auto-scaling");
const client = new sdk.AutoScalingClient({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey },
  maxAttempts: 1,
});
const call = (operation, input) => client.send(new sdk[`${operation}Command`](input));
const version = (number) => ({ LaunchTemplateName: template, Version: String(number) });

async function group(name) {
  const answer = await call("DescribeAutoScalingGroups", { AutoScalingGroupNames: [name] });
  return answer.AutoScalingGroups[0];
}

async function newest(name) {
  const answer = await call("DescribeInstanceRefreshes", { AutoScalingGroupName: name });
  return answer.InstanceRefreshes[0];
}

async function until(what) {
  for (let tries = 0; tries < 300; ++tries) {
    if (await what()) return;
    await timers.setTimeout(50);
  }
  throw new Error(`never came true: ${what}`);
}

const create = (name, more) =>
  call("CreateAutoScalingGroup", {
    AutoScalingGroupName: name,
    MinSize: 1,
    MaxSize: 4,
    AvailabilityZones: [`${region}a`],
    LaunchTemplate: version(1),
    ...more,
  });

const refused = (operation, input, name) =>
  assert.rejects(call(operation, input), (error) => error.name === name);

const serves = (name) => async () => {
  const { Instances: all = [] } = await group(name);
  return all.length > 0 && all.every((each) => each.LifecycleState === "InService");
};

const preferences = {
  MinHealthyPercentage: 50,
  MaxHealthyPercentage: 150,
  InstanceWarmup: 0,
  CheckpointPercentages: [50, 100],
  CheckpointDelay: 0,
  SkipMatching: true,
  AutoRollback: true,
  ScaleInProtectedInstances: "Refresh",
  StandbyInstances: "Ignore",
  AlarmSpecification: { Alarms: ["errors", "latency"] },
  BakeTime: 1,
};

async function refreshSucceeds() {
  const name = "newest";
  await create(name, { InstanceMaintenancePolicy: { MinHealthyPercentage: 90, MaxHealthyPercentage: 120 } });
  assert.equal((await group(name)).InstanceMaintenancePolicy.MaxHealthyPercentage, 120);
  await until(serves(name));
  const { InstanceRefreshId: id } = await call("StartInstanceRefresh", {
    AutoScalingGroupName: name,
    Strategy: "Rolling",
    DesiredConfiguration: { LaunchTemplate: version(2) },
    Preferences: preferences,
  });
  const refresh = await newest(name);
  assert.equal(refresh.InstanceRefreshId, id);
  assert.equal(refresh.Strategy, "Rolling");
  assert.deepEqual(refresh.Preferences, preferences);
  assert.equal(refresh.DesiredConfiguration.LaunchTemplate.Version, "2");
  await refused("StartInstanceRefresh", { AutoScalingGroupName: name }, "InstanceRefreshInProgressFault");
  await until(async () => (await newest(name)).Status === "Baking");
  await until(async () => (await newest(name)).Status === "Successful");
  const done = await newest(name);
  assert.equal(done.PercentageComplete, 100);
  assert.equal(done.InstancesToUpdate, 0);
  assert.ok(done.EndTime > done.StartTime);
  assert.equal((await group(name)).LaunchTemplate.Version, "2");
}

async function refreshIsRolledBackOrCancelled() {
  const name = "undone";
  const named = { AutoScalingGroupName: name };
  await create(name);
  await refused("RollbackInstanceRefresh", named, "ActiveInstanceRefreshNotFoundFault");
  await call("PutWarmPool", { ...named, MaxGroupPreparedCapacity: 2, PoolState: "Stopped" });
  await until(async () => {
    const { Instances: all = [] } = await call("DescribeWarmPool", named);
    return all.some((each) => each.LifecycleState === "Warmed:Stopped");
  });
  assert.equal((await group(name)).WarmPoolSize, 1);
  const start = () =>
    call("StartInstanceRefresh", { ...named, DesiredConfiguration: { LaunchTemplate: version(2) } });
  const { InstanceRefreshId: id } = await start();
  await until(async () => (await newest(name)).Status === "InProgress");
  assert.equal((await newest(name)).ProgressDetails.WarmPoolProgress.InstancesToUpdate, 1);
  assert.equal((await call("RollbackInstanceRefresh", named)).InstanceRefreshId, id);
  await until(async () => (await newest(name)).Status === "RollbackSuccessful");
  const { RollbackDetails: details } = await newest(name);
  assert.ok(details.RollbackReason && details.RollbackStartTime);
  assert.equal((await group(name)).LaunchTemplate.Version, "1");
  await start();
  await call("CancelInstanceRefresh", { ...named, WaitForTransitioningInstances: false });
  await until(async () => (await newest(name)).Status === "Cancelled");
  await call("StartInstanceRefresh", named);
  await refused("RollbackInstanceRefresh", named, "IrreversibleInstanceRefreshFault");
  await call("CancelInstanceRefresh", named);
  await until(async () => (await newest(name)).Status === "Cancelled");
  await call("DeleteWarmPool", { ...named, ForceDelete: true });
  assert.equal((await group(name)).WarmPoolConfiguration, undefined);
}

async function aServicesGroupIsItsOwn() {
  const name = "operated";
  await create(name, { Operator: { Principal: "ecs.amazonaws.com" } });
  assert.equal((await group(name)).Operator.Principal, "ecs.amazonaws.com");
  await refused("StartInstanceRefresh", { AutoScalingGroupName: name }, "AccessDenied");
}

async function overridesHaveImages() {
  const { LaunchTemplate: shown, Instances } = await group("newest");
  assert.ok(shown && Instances);
  const overrides = [{ InstanceType: "t3.small", ImageId: "ami-0abcdef1234567890" }];
  await create("mixed", {
    LaunchTemplate: undefined,
    MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: version(1), Overrides: overrides } },
  });
  const mixed = await group("mixed");
  assert.deepEqual(mixed.MixedInstancesPolicy.LaunchTemplate.Overrides, overrides);
}

(async () => {
  await refreshSucceeds();
  await refreshIsRolledBackOrCancelled();
  await aServicesGroupIsItsOwn();
  await overridesHaveImages();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
