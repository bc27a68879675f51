// What a launch can be told: the parameters that RunInstances and a launch template share, as one
// table.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html
#pragma once

#include "tests/local_cloud/ec2_parameters.h"

namespace local_cloud::ec2::launch_fields {

using namespace query;

inline constexpr Field ebs[] = {boolean("Encrypted"), boolean("DeleteOnTermination"),
                                whole("Iops"),        string("KmsKeyId"),
                                string("SnapshotId"), whole("VolumeSize"),
                                string("VolumeType"), whole("Throughput"),
                                string("OutpostArn"), whole("VolumeInitializationRate")};
inline constexpr Field device_mapping[] = {string("DeviceName"), string("VirtualName"),
                                           structure("Ebs", ebs), string("NoDevice")};
inline constexpr auto device_mappings = structures("BlockDeviceMapping", device_mapping);

inline constexpr Field instance_profile[] = {string("Arn"), string("Name")};
inline constexpr Field ipv6_address[] = {string("Ipv6Address")};
inline constexpr Field private_address[] = {boolean("Primary"), string("PrivateIpAddress")};
inline constexpr Field ipv4_prefix[] = {string("Ipv4Prefix")};
inline constexpr Field ipv6_prefix[] = {string("Ipv6Prefix")};
inline constexpr Field network_interface[] = {boolean("AssociateCarrierIpAddress"),
                                              boolean("AssociatePublicIpAddress"),
                                              boolean("DeleteOnTermination"),
                                              string("Description"),
                                              whole("DeviceIndex"),
                                              strings("SecurityGroupId", "groupSet"),
                                              string("InterfaceType"),
                                              whole("Ipv6AddressCount"),
                                              structures("Ipv6Addresses", ipv6_address),
                                              string("NetworkInterfaceId"),
                                              string("PrivateIpAddress"),
                                              structures("PrivateIpAddresses", private_address),
                                              whole("SecondaryPrivateIpAddressCount"),
                                              string("SubnetId"),
                                              whole("NetworkCardIndex"),
                                              structures("Ipv4Prefix", ipv4_prefix),
                                              whole("Ipv4PrefixCount"),
                                              structures("Ipv6Prefix", ipv6_prefix),
                                              whole("Ipv6PrefixCount"),
                                              boolean("PrimaryIpv6")};

inline constexpr Field monitoring[] = {boolean("Enabled")};
inline constexpr Field placement[] = {string("AvailabilityZone"),
                                      string("Affinity"),
                                      string("GroupName"),
                                      string("HostId"),
                                      string("Tenancy"),
                                      string("SpreadDomain"),
                                      string("HostResourceGroupArn"),
                                      whole("PartitionNumber"),
                                      string("GroupId")};
inline constexpr Field tag[] = {string("Key"), string("Value")};
inline constexpr Field tag_specification[] = {string("ResourceType"), structures("Tag", tag)};
inline constexpr Field elastic_gpu[] = {string("Type")};
inline constexpr Field inference_accelerator[] = {string("Type"), whole("Count")};
inline constexpr Field spot_options[] = {string("MaxPrice"), string("SpotInstanceType"),
                                         whole("BlockDurationMinutes"), timestamp("ValidUntil"),
                                         string("InstanceInterruptionBehavior")};
inline constexpr Field market_options[] = {string("MarketType"),
                                           structure("SpotOptions", spot_options)};
inline constexpr Field credits[] = {string("CpuCredits")};
inline constexpr Field cpu_options[] = {whole("CoreCount"), whole("ThreadsPerCore"),
                                        string("AmdSevSnp")};
inline constexpr Field reservation_target[] = {string("CapacityReservationId"),
                                               string("CapacityReservationResourceGroupArn")};
inline constexpr Field reservation[] = {string("CapacityReservationPreference"),
                                        structure("CapacityReservationTarget", reservation_target)};
inline constexpr Field license[] = {string("LicenseConfigurationArn")};
inline constexpr Field hibernation[] = {boolean("Configured")};
inline constexpr Field metadata_options[] = {string("HttpTokens"), whole("HttpPutResponseHopLimit"),
                                             string("HttpEndpoint"), string("HttpProtocolIpv6"),
                                             string("InstanceMetadataTags")};
inline constexpr Field enclave[] = {boolean("Enabled")};
inline constexpr Field dns_names[] = {string("HostnameType"),
                                      boolean("EnableResourceNameDnsARecord"),
                                      boolean("EnableResourceNameDnsAAAARecord")};
inline constexpr Field maintenance[] = {string("AutoRecovery")};

inline constexpr Field whole_range[] = {whole("Min"), whole("Max")};
inline constexpr Field number_range[] = {decimal("Min"), decimal("Max")};
inline constexpr Field requirements[] = {structure("VCpuCount", whole_range),
                                         structure("MemoryMiB", whole_range),
                                         strings("CpuManufacturer"),
                                         structure("MemoryGiBPerVCpu", number_range),
                                         strings("ExcludedInstanceType"),
                                         strings("InstanceGeneration"),
                                         whole("SpotMaxPricePercentageOverLowestPrice"),
                                         whole("OnDemandMaxPricePercentageOverLowestPrice"),
                                         string("BareMetal"),
                                         string("BurstablePerformance"),
                                         boolean("RequireHibernateSupport"),
                                         structure("NetworkInterfaceCount", whole_range),
                                         string("LocalStorage"),
                                         strings("LocalStorageType"),
                                         structure("TotalLocalStorageGB", number_range),
                                         structure("BaselineEbsBandwidthMbps", whole_range),
                                         strings("AcceleratorType"),
                                         structure("AcceleratorCount", whole_range),
                                         strings("AcceleratorManufacturer"),
                                         strings("AcceleratorName"),
                                         structure("AcceleratorTotalMemoryMiB", whole_range),
                                         structure("NetworkBandwidthGbps", number_range),
                                         strings("AllowedInstanceType"),
                                         whole("MaxSpotPriceAsPercentageOfOptimalOnDemandPrice")};

inline constexpr Field all[] = {string("KernelId"),
                                boolean("EbsOptimized"),
                                structure("IamInstanceProfile", instance_profile),
                                device_mappings,
                                structures("NetworkInterface", network_interface),
                                string("ImageId"),
                                string("InstanceType"),
                                string("KeyName"),
                                structure("Monitoring", monitoring),
                                structure("Placement", placement),
                                string("RamDiskId"),
                                boolean("DisableApiTermination"),
                                string("InstanceInitiatedShutdownBehavior"),
                                string("UserData"),
                                structures("TagSpecification", tag_specification),
                                structures("ElasticGpuSpecification", elastic_gpu),
                                structures("ElasticInferenceAccelerator", inference_accelerator),
                                strings("SecurityGroupId"),
                                strings("SecurityGroup"),
                                structure("InstanceMarketOptions", market_options),
                                structure("CreditSpecification", credits),
                                structure("CpuOptions", cpu_options),
                                structure("CapacityReservationSpecification", reservation),
                                structures("LicenseSpecification", license, "licenseSet"),
                                structure("HibernationOptions", hibernation),
                                structure("MetadataOptions", metadata_options),
                                structure("EnclaveOptions", enclave),
                                structure("InstanceRequirements", requirements),
                                structure("PrivateDnsNameOptions", dns_names),
                                structure("MaintenanceOptions", maintenance),
                                boolean("DisableApiStop")};

}  // namespace local_cloud::ec2::launch_fields
