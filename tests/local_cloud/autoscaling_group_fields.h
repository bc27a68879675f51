// The parameters of CreateAutoScalingGroup and UpdateAutoScalingGroup, as tables.
#pragma once

#include <algorithm>
#include <array>

#include "tests/local_cloud/autoscaling_operations.h"

namespace local_cloud::autoscaling::group_fields {

using namespace query;

inline constexpr Field launch_template[] = {string("LaunchTemplateId"),
                                            string("LaunchTemplateName"), string("Version")};
inline constexpr Field whole_range[] = {whole("Min"), whole("Max")};
inline constexpr Field decimal_range[] = {decimal("Min"), decimal("Max")};
inline constexpr Field requirements[] = {structure("VCpuCount", whole_range),
                                         structure("MemoryMiB", whole_range),
                                         strings("CpuManufacturers"),
                                         structure("MemoryGiBPerVCpu", decimal_range),
                                         strings("ExcludedInstanceTypes"),
                                         strings("InstanceGenerations"),
                                         whole("SpotMaxPricePercentageOverLowestPrice"),
                                         whole("OnDemandMaxPricePercentageOverLowestPrice"),
                                         string("BareMetal"),
                                         string("BurstablePerformance"),
                                         boolean("RequireHibernateSupport"),
                                         structure("NetworkInterfaceCount", whole_range),
                                         string("LocalStorage"),
                                         strings("LocalStorageTypes"),
                                         structure("TotalLocalStorageGB", decimal_range),
                                         structure("BaselineEbsBandwidthMbps", whole_range),
                                         strings("AcceleratorTypes"),
                                         structure("AcceleratorCount", whole_range),
                                         strings("AcceleratorManufacturers"),
                                         strings("AcceleratorNames"),
                                         structure("AcceleratorTotalMemoryMiB", whole_range),
                                         structure("NetworkBandwidthGbps", decimal_range),
                                         strings("AllowedInstanceTypes")};
inline constexpr Field launch_override[] = {
    string("InstanceType"), string("WeightedCapacity"), string("ImageId"),
    structure("LaunchTemplateSpecification", launch_template),
    structure("InstanceRequirements", requirements)};
inline constexpr Field policy_template[] = {
    structure("LaunchTemplateSpecification", launch_template),
    structures("Overrides", launch_override)};
inline constexpr Field distribution[] = {string("OnDemandAllocationStrategy"),
                                         whole("OnDemandBaseCapacity"),
                                         whole("OnDemandPercentageAboveBaseCapacity"),
                                         string("SpotAllocationStrategy"),
                                         whole("SpotInstancePools"),
                                         string("SpotMaxPrice")};
inline constexpr Field policy[] = {structure("LaunchTemplate", policy_template),
                                   structure("InstancesDistribution", distribution)};
inline constexpr Field maintenance[] = {whole("MinHealthyPercentage"),
                                        whole("MaxHealthyPercentage")};
inline constexpr Field operated[] = {required(string("Principal"))};
inline constexpr Field traffic_source[] = {string("Identifier"), string("Type")};

inline constexpr Field update[] = {required(fields::group_name),
                                   string("LaunchConfigurationName"),
                                   structure("LaunchTemplate", launch_template),
                                   structure("MixedInstancesPolicy", policy),
                                   whole("MinSize"),
                                   whole("MaxSize"),
                                   whole("DesiredCapacity"),
                                   whole("DefaultCooldown"),
                                   strings("AvailabilityZones"),
                                   string("HealthCheckType"),
                                   whole("HealthCheckGracePeriod"),
                                   string("PlacementGroup"),
                                   string("VPCZoneIdentifier"),
                                   strings("TerminationPolicies"),
                                   boolean("NewInstancesProtectedFromScaleIn"),
                                   string("ServiceLinkedRoleARN"),
                                   whole("MaxInstanceLifetime"),
                                   boolean("CapacityRebalance"),
                                   string("Context"),
                                   string("DesiredCapacityType"),
                                   whole("DefaultInstanceWarmup"),
                                   structure("InstanceMaintenancePolicy", maintenance)};
inline constexpr Field only_at_creation[] = {
    strings("LoadBalancerNames"), strings("TargetGroupARNs"), structures("Tags", fields::tag),
    structures("TrafficSources", traffic_source), structure("Operator", operated)};

// The same and some more; both sizes have to be named.
inline constexpr auto create = [] {
  std::array<Field, std::size(update) + std::size(only_at_creation)> all{};
  std::ranges::copy(only_at_creation, std::ranges::copy(update, all.begin()).out);
  for (auto& field : all) {
    field.required = field.required || field.name == "MinSize" || field.name == "MaxSize";
  }
  return all;
}();

}  // namespace local_cloud::autoscaling::group_fields
