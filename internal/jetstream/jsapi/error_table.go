package jsapi

// The errors of the JetStream API. A {name} in a description is filled in with Error.With.
var (
	ErrAccountResourcesExceeded                   = &Error{400, 10002, "resource limits exceeded for account"}
	ErrBadRequest                                 = &Error{400, 10003, "bad request"}
	ErrClusterIncomplete                          = &Error{503, 10004, "incomplete results"}
	ErrClusterNoPeers                             = &Error{400, 10005, "{err}"}
	ErrClusterNotActive                           = &Error{500, 10006, "JetStream not in clustered mode"}
	ErrClusterNotAssigned                         = &Error{500, 10007, "JetStream cluster not assigned to this server"}
	ErrClusterNotAvail                            = &Error{503, 10008, "JetStream system temporarily unavailable"}
	ErrClusterNotLeader                           = &Error{500, 10009, "JetStream cluster can not handle request"}
	ErrClusterRequired                            = &Error{503, 10010, "JetStream clustering support required"}
	ErrClusterTags                                = &Error{400, 10011, "tags placement not supported for operation"}
	ErrConsumerCreate                             = &Error{500, 10012, "{err}"}
	ErrConsumerNameExist                          = &Error{400, 10013, "consumer name already in use"}
	ErrConsumerNotFound                           = &Error{404, 10014, "consumer not found"}
	ErrSnapshotDeliverSubjectInvalid              = &Error{400, 10015, "deliver subject not valid"}
	ErrConsumerDurableNameNotInSubject            = &Error{400, 10016, "consumer expected to be durable but no durable name set in subject"}
	ErrConsumerDurableNameNotMatchSubject         = &Error{400, 10017, "consumer name in subject does not match durable name in request"}
	ErrConsumerDurableNameNotSet                  = &Error{400, 10018, "consumer expected to be durable but a durable name was not set"}
	ErrConsumerEphemeralWithDurableInSubject      = &Error{400, 10019, "consumer expected to be ephemeral but detected a durable name set in subject"}
	ErrConsumerEphemeralWithDurableName           = &Error{400, 10020, "consumer expected to be ephemeral but a durable name was set in request"}
	ErrStreamExternalApiOverlap                   = &Error{400, 10021, "stream external api prefix {prefix} must not overlap with {subject}"}
	ErrStreamExternalDelPrefixOverlaps            = &Error{400, 10022, "stream external delivery prefix {prefix} overlaps with stream subject {subject}"}
	ErrInsufficientResources                      = &Error{503, 10023, "insufficient resources"}
	ErrStreamInvalidExternalDeliverySubj          = &Error{400, 10024, "stream external delivery prefix {prefix} must not contain wildcards"}
	ErrInvalidJSON                                = &Error{400, 10025, "invalid JSON: {err}"}
	ErrMaximumConsumersLimit                      = &Error{400, 10026, "maximum consumers limit reached"}
	ErrMaximumStreamsLimit                        = &Error{400, 10027, "maximum number of streams reached"}
	ErrMemoryResourcesExceeded                    = &Error{500, 10028, "insufficient memory resources available"}
	ErrMirrorConsumerSetupFailed                  = &Error{500, 10029, "{err}"}
	ErrMirrorMaxMessageSizeTooBig                 = &Error{400, 10030, "stream mirror must have max message size >= source"}
	ErrMirrorWithSources                          = &Error{400, 10031, "stream mirrors can not also contain other sources"}
	ErrMirrorWithStartSeqAndTime                  = &Error{400, 10032, "stream mirrors can not have both start seq and start time configured"}
	ErrMirrorWithSubjectFilters                   = &Error{400, 10033, "stream mirrors can not contain filtered subjects"}
	ErrMirrorWithSubjects                         = &Error{400, 10034, "stream mirrors can not contain subjects"}
	ErrNoAccount                                  = &Error{503, 10035, "account not found"}
	ErrClusterUnSupportFeature                    = &Error{503, 10036, "not currently supported in clustered mode"}
	ErrNoMessageFound                             = &Error{404, 10037, "no message found"}
	ErrNotEmptyRequest                            = &Error{400, 10038, "expected an empty request payload"}
	ErrNotEnabledForAccount                       = &Error{503, 10039, "JetStream not enabled for account"}
	ErrClusterPeerNotMember                       = &Error{400, 10040, "peer not a member"}
	ErrRaftGeneral                                = &Error{500, 10041, "{err}"}
	ErrRestoreSubscribeFailed                     = &Error{500, 10042, "JetStream unable to subscribe to restore snapshot {subject}: {err}"}
	ErrSequenceNotFound                           = &Error{400, 10043, "sequence {seq} not found"}
	ErrClusterServerNotMember                     = &Error{400, 10044, "server is not a member of the cluster"}
	ErrSourceConsumerSetupFailed                  = &Error{500, 10045, "{err}"}
	ErrSourceMaxMessageSizeTooBig                 = &Error{400, 10046, "stream source must have max message size >= target"}
	ErrStorageResourcesExceeded                   = &Error{500, 10047, "insufficient storage resources available"}
	ErrStreamAssignment                           = &Error{500, 10048, "{err}"}
	ErrStreamCreate                               = &Error{500, 10049, "{err}"}
	ErrStreamDelete                               = &Error{500, 10050, "{err}"}
	ErrStreamGeneralError                         = &Error{500, 10051, "{err}"}
	ErrStreamInvalidConfig                        = &Error{500, 10052, "{err}"}
	ErrStreamLimits                               = &Error{500, 10053, "{err}"}
	ErrStreamMessageExceedsMaximum                = &Error{400, 10054, "message size exceeds maximum allowed"}
	ErrStreamMirrorNotUpdatable                   = &Error{400, 10055, "stream mirror configuration can not be updated"}
	ErrStreamMismatch                             = &Error{400, 10056, "stream name in subject does not match request"}
	ErrStreamMsgDeleteFailed                      = &Error{500, 10057, "{err}"}
	ErrStreamNameExist                            = &Error{400, 10058, "stream name already in use with a different configuration"}
	ErrStreamNotFound                             = &Error{404, 10059, "stream not found"}
	ErrStreamNotMatch                             = &Error{400, 10060, "expected stream does not match"}
	ErrStreamReplicasNotUpdatable                 = &Error{400, 10061, "Replicas configuration can not be updated"}
	ErrStreamRestore                              = &Error{500, 10062, "restore failed: {err}"}
	ErrStreamSequenceNotMatch                     = &Error{503, 10063, "expected stream sequence does not match"}
	ErrStreamSnapshot                             = &Error{500, 10064, "snapshot failed: {err}"}
	ErrStreamSubjectOverlap                       = &Error{400, 10065, "subjects overlap with an existing stream"}
	ErrStreamTemplateCreate                       = &Error{500, 10066, "{err}"}
	ErrStreamTemplateDelete                       = &Error{500, 10067, "{err}"}
	ErrStreamTemplateNotFound                     = &Error{404, 10068, "template not found"}
	ErrStreamUpdate                               = &Error{500, 10069, "{err}"}
	ErrStreamWrongLastMsgID                       = &Error{400, 10070, "wrong last msg ID: {id}"}
	ErrStreamWrongLastSequence                    = &Error{400, 10071, "wrong last sequence: {seq}"}
	ErrTempStorageFailed                          = &Error{500, 10072, "JetStream unable to open temp storage for restore"}
	ErrTemplateNameNotMatchSubject                = &Error{400, 10073, "template name in subject does not match request"}
	ErrStreamReplicasNotSupported                 = &Error{500, 10074, "replicas > 1 not supported in non-clustered mode"}
	ErrPeerRemap                                  = &Error{503, 10075, "peer remap failed"}
	ErrNotEnabled                                 = &Error{503, 10076, "JetStream not enabled"}
	ErrStreamStoreFailed                          = &Error{503, 10077, "{err}"}
	ErrConsumerConfigRequired                     = &Error{400, 10078, "consumer config required"}
	ErrConsumerDeliverToWildcards                 = &Error{400, 10079, "consumer deliver subject has wildcards"}
	ErrConsumerPushMaxWaiting                     = &Error{400, 10080, "consumer in push mode can not set max waiting"}
	ErrConsumerDeliverCycle                       = &Error{400, 10081, "consumer deliver subject forms a cycle"}
	ErrConsumerMaxPendingAckPolicyRequired        = &Error{400, 10082, "consumer requires ack policy for max ack pending"}
	ErrConsumerSmallHeartbeat                     = &Error{400, 10083, "consumer idle heartbeat needs to be >= 100ms"}
	ErrConsumerPullRequiresAck                    = &Error{400, 10084, "consumer in pull mode requires explicit ack policy on workqueue stream"}
	ErrConsumerPullNotDurable                     = &Error{400, 10085, "consumer in pull mode requires a durable name"}
	ErrConsumerPullWithRateLimit                  = &Error{400, 10086, "consumer in pull mode can not have rate limit set"}
	ErrConsumerMaxWaitingNegative                 = &Error{400, 10087, "consumer max waiting needs to be positive"}
	ErrConsumerHBRequiresPush                     = &Error{400, 10088, "consumer idle heartbeat requires a push based consumer"}
	ErrConsumerFCRequiresPush                     = &Error{400, 10089, "consumer flow control requires a push based consumer"}
	ErrConsumerDirectRequiresPush                 = &Error{400, 10090, "consumer direct requires a push based consumer"}
	ErrConsumerDirectRequiresEphemeral            = &Error{400, 10091, "consumer direct requires an ephemeral consumer"}
	ErrConsumerOnMapped                           = &Error{400, 10092, "consumer direct on a mapped consumer"}
	ErrConsumerFilterNotSubset                    = &Error{400, 10093, "consumer filter subject is not a valid subset of the interest subjects"}
	ErrConsumerInvalidPolicy                      = &Error{400, 10094, "{err}"}
	ErrConsumerInvalidSampling                    = &Error{400, 10095, "failed to parse consumer sampling configuration: {err}"}
	ErrStreamInvalid                              = &Error{500, 10096, "stream not valid"}
	ErrStreamHeaderExceedsMaximum                 = &Error{400, 10097, "header size exceeds maximum allowed of 64k"}
	ErrConsumerWQRequiresExplicitAck              = &Error{400, 10098, "workqueue stream requires explicit ack"}
	ErrConsumerWQMultipleUnfiltered               = &Error{400, 10099, "multiple non-filtered consumers not allowed on workqueue stream"}
	ErrConsumerWQConsumerNotUnique                = &Error{400, 10100, "filtered consumer not unique on workqueue stream"}
	ErrConsumerWQConsumerNotDeliverAll            = &Error{400, 10101, "consumer must be deliver all on workqueue stream"}
	ErrConsumerNameTooLong                        = &Error{400, 10102, "consumer name is too long, maximum allowed is {max}"}
	ErrConsumerBadDurableName                     = &Error{400, 10103, "durable name can not contain '.', '*', '>'"}
	ErrConsumerStoreFailed                        = &Error{500, 10104, "error creating store for consumer: {err}"}
	ErrConsumerExistingActive                     = &Error{400, 10105, "consumer already exists and is still active"}
	ErrConsumerReplacementWithDifferentName       = &Error{400, 10106, "consumer replacement durable config not the same"}
	ErrConsumerDescriptionTooLong                 = &Error{400, 10107, "consumer description is too long, maximum allowed is {max}"}
	ErrConsumerWithFlowControlNeedsHeartbeats     = &Error{400, 10108, "consumer with flow control also needs heartbeats"}
	ErrStreamSealed                               = &Error{400, 10109, "invalid operation on sealed stream"}
	ErrStreamPurgeFailed                          = &Error{500, 10110, "{err}"}
	ErrStreamRollupFailed                         = &Error{500, 10111, "{err}"}
	ErrConsumerInvalidDeliverSubject              = &Error{400, 10112, "invalid push consumer deliver subject"}
	ErrStreamMaxBytesRequired                     = &Error{400, 10113, "account requires a stream config to have max bytes set"}
	ErrConsumerMaxRequestBatchNegative            = &Error{400, 10114, "consumer max request batch needs to be > 0"}
	ErrConsumerMaxRequestExpiresTooSmall          = &Error{400, 10115, "consumer max request expires needs to be >= 1ms"}
	ErrConsumerMaxDeliverBackoff                  = &Error{400, 10116, "max deliver is required to be > length of backoff values"}
	ErrStreamInfoMaxSubjects                      = &Error{500, 10117, "subject details would exceed maximum allowed"}
	ErrStreamOffline                              = &Error{500, 10118, "stream is offline"}
	ErrConsumerOffline                            = &Error{500, 10119, "consumer is offline"}
	ErrNoLimits                                   = &Error{400, 10120, "no JetStream default or applicable tiered limit present"}
	ErrConsumerMaxPendingAckExcess                = &Error{400, 10121, "consumer max ack pending exceeds system limit of {limit}"}
	ErrStreamMaxStreamBytesExceeded               = &Error{400, 10122, "stream max bytes exceeds account limit max stream bytes"}
	ErrStreamMoveAndScale                         = &Error{400, 10123, "can not move and scale a stream in a single update"}
	ErrStreamMoveInProgress                       = &Error{400, 10124, "stream move already in progress"}
	ErrConsumerMaxRequestBatchExceeded            = &Error{400, 10125, "consumer max request batch exceeds server limit of {limit}"}
	ErrConsumerReplicasExceedsStream              = &Error{400, 10126, "consumer config replica count exceeds parent stream"}
	ErrConsumerNameContainsPathSeparators         = &Error{400, 10127, "Consumer name can not contain path separators"}
	ErrStreamNameContainsPathSeparators           = &Error{400, 10128, "Stream name can not contain path separators"}
	ErrStreamReconfigureNotInProgress             = &Error{400, 10129, "stream reconfiguration not in progress"}
	ErrStreamNameExistRestoreFailed               = &Error{400, 10130, "stream name already in use, cannot restore"}
	ErrConsumerCreateFilterSubjectMismatch        = &Error{400, 10131, "Consumer create request did not match filtered subject from create subject"}
	ErrConsumerCreateDurableAndNameMismatch       = &Error{400, 10132, "Consumer Durable and Name have to be equal if both are provided"}
	ErrReplicasCountCannotBeNegative              = &Error{400, 10133, "replicas count cannot be negative"}
	ErrConsumerReplicasShouldMatchStream          = &Error{400, 10134, "consumer config replicas must match interest retention stream's replicas"}
	ErrConsumerMetadataLength                     = &Error{400, 10135, "consumer metadata exceeds maximum size of {limit}"}
	ErrConsumerDuplicateFilterSubjects            = &Error{400, 10136, "consumer cannot have both FilterSubject and FilterSubjects specified"}
	ErrConsumerMultipleFiltersNotAllowed          = &Error{400, 10137, "consumer with multiple subject filters cannot use subject based API"}
	ErrConsumerOverlappingSubjectFilters          = &Error{400, 10138, "consumer subject filters cannot overlap"}
	ErrConsumerEmptyFilter                        = &Error{400, 10139, "consumer filter in FilterSubjects cannot be empty"}
	ErrSourceDuplicateDetected                    = &Error{400, 10140, "duplicate source configuration detected"}
	ErrSourceInvalidStreamName                    = &Error{400, 10141, "sourced stream name is invalid"}
	ErrMirrorInvalidStreamName                    = &Error{400, 10142, "mirrored stream name is invalid"}
	ErrMirrorWithFirstSeq                         = &Error{400, 10143, "stream mirrors can not have first sequence configured"}
	ErrSourceMultipleFiltersNotAllowed            = &Error{400, 10144, "source with multiple subject transforms cannot also have a single subject filter"}
	ErrSourceInvalidSubjectFilter                 = &Error{400, 10145, "source transform source: {err}"}
	ErrSourceInvalidTransformDestination          = &Error{400, 10146, "source transform: {err}"}
	ErrSourceOverlappingSubjectFilters            = &Error{400, 10147, "source filters can not overlap"}
	ErrConsumerAlreadyExists                      = &Error{400, 10148, "consumer already exists"}
	ErrConsumerDoesNotExist                       = &Error{400, 10149, "consumer does not exist"}
	ErrMirrorMultipleFiltersNotAllowed            = &Error{400, 10150, "mirror with multiple subject transforms cannot also have a single subject filter"}
	ErrMirrorInvalidSubjectFilter                 = &Error{400, 10151, "mirror transform source: {err}"}
	ErrMirrorOverlappingSubjectFilters            = &Error{400, 10152, "mirror subject filters can not overlap"}
	ErrConsumerInactiveThresholdExcess            = &Error{400, 10153, "consumer inactive threshold exceeds system limit of {limit}"}
	ErrMirrorInvalidTransformDestination          = &Error{400, 10154, "mirror transform: {err}"}
	ErrStreamTransformInvalidSource               = &Error{400, 10155, "stream transform source: {err}"}
	ErrStreamTransformInvalidDestination          = &Error{400, 10156, "stream transform: {err}"}
	ErrPedantic                                   = &Error{400, 10157, "pedantic mode: {err}"}
	ErrStreamDuplicateMessageConflict             = &Error{409, 10158, "duplicate message id is in process"}
	ErrConsumerPriorityPolicyWithoutGroup         = &Error{400, 10159, "Setting PriorityPolicy requires at least one PriorityGroup to be set"}
	ErrConsumerInvalidPriorityGroup               = &Error{400, 10160, "Provided priority group does not exist for this consumer"}
	ErrConsumerEmptyGroupName                     = &Error{400, 10161, "Group name cannot be an empty string"}
	ErrConsumerInvalidGroupName                   = &Error{400, 10162, "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16 characters"}
	ErrStreamExpectedLastSeqPerSubjectNotReady    = &Error{503, 10163, "expected last sequence per subject temporarily unavailable"}
	ErrStreamWrongLastSequenceConstant            = &Error{400, 10164, "wrong last sequence"}
	ErrMessageTTLInvalid                          = &Error{400, 10165, "invalid per-message TTL"}
	ErrMessageTTLDisabled                         = &Error{400, 10166, "per-message TTL is disabled"}
	ErrStreamTooManyRequests                      = &Error{429, 10167, "too many requests"}
	ErrMessageIncrDisabled                        = &Error{400, 10168, "message counters is disabled"}
	ErrMessageIncrMissing                         = &Error{400, 10169, "message counter increment is missing"}
	ErrMessageIncrPayload                         = &Error{400, 10170, "message counter has payload"}
	ErrMessageIncrInvalid                         = &Error{400, 10171, "message counter increment is invalid"}
	ErrMessageCounterBroken                       = &Error{400, 10172, "message counter is broken"}
	ErrMirrorWithCounters                         = &Error{400, 10173, "stream mirrors can not also calculate counters"}
	ErrAtomicPublishDisabled                      = &Error{400, 10174, "atomic publish is disabled"}
	ErrAtomicPublishMissingSeq                    = &Error{400, 10175, "atomic publish sequence is missing"}
	ErrAtomicPublishIncompleteBatch               = &Error{400, 10176, "atomic publish batch is incomplete"}
	ErrAtomicPublishUnsupportedHeaderBatch        = &Error{400, 10177, "atomic publish unsupported header used: {header}"}
	ErrConsumerPushWithPriorityGroup              = &Error{400, 10178, "priority groups can not be used with push consumers"}
	ErrAtomicPublishInvalidBatchID                = &Error{400, 10179, "atomic publish batch ID is invalid"}
	ErrStreamMinLastSeq                           = &Error{412, 10180, "min last sequence"}
	ErrConsumerAckPolicyInvalid                   = &Error{400, 10181, "consumer ack policy invalid"}
	ErrConsumerReplayPolicyInvalid                = &Error{400, 10182, "consumer replay policy invalid"}
	ErrConsumerAckWaitNegative                    = &Error{400, 10183, "consumer ack wait needs to be positive"}
	ErrConsumerBackOffNegative                    = &Error{400, 10184, "consumer backoff needs to be positive"}
	ErrRequiredApiLevel                           = &Error{412, 10185, "JetStream minimum api level required"}
	ErrMirrorWithMsgSchedules                     = &Error{400, 10186, "stream mirrors can not also schedule messages"}
	ErrSourceWithMsgSchedules                     = &Error{400, 10187, "stream source can not also schedule messages"}
	ErrMessageSchedulesDisabled                   = &Error{400, 10188, "message schedules is disabled"}
	ErrMessageSchedulesPatternInvalid             = &Error{400, 10189, "message schedules pattern is invalid"}
	ErrMessageSchedulesTargetInvalid              = &Error{400, 10190, "message schedules target is invalid"}
	ErrMessageSchedulesTTLInvalid                 = &Error{400, 10191, "message schedules invalid per-message TTL"}
	ErrMessageSchedulesRollupInvalid              = &Error{400, 10192, "message schedules invalid rollup"}
	ErrStreamExpectedLastSeqPerSubjectInvalid     = &Error{400, 10193, "missing sequence for expected last sequence per subject"}
	ErrStreamOfflineReason                        = &Error{500, 10194, "stream is offline: {err}"}
	ErrConsumerOfflineReason                      = &Error{500, 10195, "consumer is offline: {err}"}
	ErrConsumerPriorityGroupWithPolicyNone        = &Error{400, 10196, "consumer can not have priority groups when policy is none"}
	ErrConsumerPinnedTTLWithoutPriorityPolicyNone = &Error{400, 10197, "PinnedTTL cannot be set when PriorityPolicy is none"}
	ErrMirrorWithAtomicPublish                    = &Error{400, 10198, "stream mirrors can not also use atomic publishing"}
	ErrAtomicPublishTooLargeBatch                 = &Error{400, 10199, "atomic publish batch is too large: {size}"}
	ErrAtomicPublishInvalidBatchCommit            = &Error{400, 10200, "atomic publish batch commit is invalid"}
	ErrAtomicPublishContainsDuplicateMessage      = &Error{400, 10201, "atomic publish batch contains duplicate message id"}
	ErrClusterServerMemberChangeInflight          = &Error{400, 10202, "cluster member change is in progress"}
	ErrMessageSchedulesSourceInvalid              = &Error{400, 10203, "message schedules source is invalid"}
	ErrConsumerInvalidReset                       = &Error{400, 10204, "invalid reset: {err}"}
	ErrBatchPublishDisabled                       = &Error{400, 10205, "batch publish is disabled"}
	ErrBatchPublishInvalidPattern                 = &Error{400, 10206, "batch publish pattern is invalid"}
	ErrBatchPublishInvalidBatchID                 = &Error{400, 10207, "batch publish ID is invalid"}
	ErrBatchPublishUnknownBatchID                 = &Error{400, 10208, "batch publish ID unknown"}
	ErrMirrorWithBatchPublish                     = &Error{400, 10209, "stream mirrors can not also use batch publishing"}
	ErrAtomicPublishTooManyInflight               = &Error{429, 10210, "atomic publish too many inflight"}
	ErrBatchPublishTooManyInflight                = &Error{429, 10211, "batch publish too many inflight"}
	ErrMessageSchedulesSchedulerInvalid           = &Error{400, 10212, "message schedules invalid scheduler"}
	ErrMirrorDurableConsumerCfgInvalid            = &Error{400, 10213, "stream mirror consumer config is invalid"}
	ErrMirrorConsumerRequiresAckFC                = &Error{400, 10214, "stream mirror consumer requires flow control ack policy"}
	ErrSourceDurableConsumerCfgInvalid            = &Error{400, 10215, "stream source consumer config is invalid"}
	ErrSourceDurableConsumerDuplicateDetected     = &Error{400, 10216, "duplicate stream source consumer detected"}
	ErrSourceConsumerRequiresAckFC                = &Error{400, 10217, "stream source consumer requires flow control ack policy"}
	ErrConsumerAckFCRequiresPush                  = &Error{400, 10218, "flow control ack policy requires a push based consumer"}
	ErrConsumerAckFCRequiresFC                    = &Error{400, 10219, "flow control ack policy requires flow control"}
	ErrConsumerAckFCRequiresMaxAckPending         = &Error{400, 10220, "flow control ack policy requires max ack pending"}
	ErrConsumerAckFCRequiresNoAckWait             = &Error{400, 10221, "flow control ack policy requires unset ack wait"}
	ErrConsumerAckFCRequiresNoMaxDeliver          = &Error{400, 10222, "flow control ack policy requires unset max deliver"}
	ErrMessageSchedulesTimeZoneInvalid            = &Error{400, 10223, "message schedules time zone is invalid"}
	ErrClusterRescue                              = &Error{400, 10224, "JetStream system rescue not applied: {err}"}
	ErrConsumerStreamIdentityMismatch             = &Error{400, 10225, "consumer's stream identity does not match: {msg}"}
	ErrStreamReconfigureInProgress                = &Error{400, 10226, "stream reconfiguration already in progress"}
	ErrMessageSourceHdrNotAllowed                 = &Error{400, 10227, "message stream source header is not allowed"}
	ErrSourceConsumerFlowControlStalled           = &Error{500, 10228, "stream source consumer stalled on flow control"}
)

// Errors is all of them, in the order of their codes.
var Errors = []*Error{
	ErrAccountResourcesExceeded,
	ErrBadRequest,
	ErrClusterIncomplete,
	ErrClusterNoPeers,
	ErrClusterNotActive,
	ErrClusterNotAssigned,
	ErrClusterNotAvail,
	ErrClusterNotLeader,
	ErrClusterRequired,
	ErrClusterTags,
	ErrConsumerCreate,
	ErrConsumerNameExist,
	ErrConsumerNotFound,
	ErrSnapshotDeliverSubjectInvalid,
	ErrConsumerDurableNameNotInSubject,
	ErrConsumerDurableNameNotMatchSubject,
	ErrConsumerDurableNameNotSet,
	ErrConsumerEphemeralWithDurableInSubject,
	ErrConsumerEphemeralWithDurableName,
	ErrStreamExternalApiOverlap,
	ErrStreamExternalDelPrefixOverlaps,
	ErrInsufficientResources,
	ErrStreamInvalidExternalDeliverySubj,
	ErrInvalidJSON,
	ErrMaximumConsumersLimit,
	ErrMaximumStreamsLimit,
	ErrMemoryResourcesExceeded,
	ErrMirrorConsumerSetupFailed,
	ErrMirrorMaxMessageSizeTooBig,
	ErrMirrorWithSources,
	ErrMirrorWithStartSeqAndTime,
	ErrMirrorWithSubjectFilters,
	ErrMirrorWithSubjects,
	ErrNoAccount,
	ErrClusterUnSupportFeature,
	ErrNoMessageFound,
	ErrNotEmptyRequest,
	ErrNotEnabledForAccount,
	ErrClusterPeerNotMember,
	ErrRaftGeneral,
	ErrRestoreSubscribeFailed,
	ErrSequenceNotFound,
	ErrClusterServerNotMember,
	ErrSourceConsumerSetupFailed,
	ErrSourceMaxMessageSizeTooBig,
	ErrStorageResourcesExceeded,
	ErrStreamAssignment,
	ErrStreamCreate,
	ErrStreamDelete,
	ErrStreamGeneralError,
	ErrStreamInvalidConfig,
	ErrStreamLimits,
	ErrStreamMessageExceedsMaximum,
	ErrStreamMirrorNotUpdatable,
	ErrStreamMismatch,
	ErrStreamMsgDeleteFailed,
	ErrStreamNameExist,
	ErrStreamNotFound,
	ErrStreamNotMatch,
	ErrStreamReplicasNotUpdatable,
	ErrStreamRestore,
	ErrStreamSequenceNotMatch,
	ErrStreamSnapshot,
	ErrStreamSubjectOverlap,
	ErrStreamTemplateCreate,
	ErrStreamTemplateDelete,
	ErrStreamTemplateNotFound,
	ErrStreamUpdate,
	ErrStreamWrongLastMsgID,
	ErrStreamWrongLastSequence,
	ErrTempStorageFailed,
	ErrTemplateNameNotMatchSubject,
	ErrStreamReplicasNotSupported,
	ErrPeerRemap,
	ErrNotEnabled,
	ErrStreamStoreFailed,
	ErrConsumerConfigRequired,
	ErrConsumerDeliverToWildcards,
	ErrConsumerPushMaxWaiting,
	ErrConsumerDeliverCycle,
	ErrConsumerMaxPendingAckPolicyRequired,
	ErrConsumerSmallHeartbeat,
	ErrConsumerPullRequiresAck,
	ErrConsumerPullNotDurable,
	ErrConsumerPullWithRateLimit,
	ErrConsumerMaxWaitingNegative,
	ErrConsumerHBRequiresPush,
	ErrConsumerFCRequiresPush,
	ErrConsumerDirectRequiresPush,
	ErrConsumerDirectRequiresEphemeral,
	ErrConsumerOnMapped,
	ErrConsumerFilterNotSubset,
	ErrConsumerInvalidPolicy,
	ErrConsumerInvalidSampling,
	ErrStreamInvalid,
	ErrStreamHeaderExceedsMaximum,
	ErrConsumerWQRequiresExplicitAck,
	ErrConsumerWQMultipleUnfiltered,
	ErrConsumerWQConsumerNotUnique,
	ErrConsumerWQConsumerNotDeliverAll,
	ErrConsumerNameTooLong,
	ErrConsumerBadDurableName,
	ErrConsumerStoreFailed,
	ErrConsumerExistingActive,
	ErrConsumerReplacementWithDifferentName,
	ErrConsumerDescriptionTooLong,
	ErrConsumerWithFlowControlNeedsHeartbeats,
	ErrStreamSealed,
	ErrStreamPurgeFailed,
	ErrStreamRollupFailed,
	ErrConsumerInvalidDeliverSubject,
	ErrStreamMaxBytesRequired,
	ErrConsumerMaxRequestBatchNegative,
	ErrConsumerMaxRequestExpiresTooSmall,
	ErrConsumerMaxDeliverBackoff,
	ErrStreamInfoMaxSubjects,
	ErrStreamOffline,
	ErrConsumerOffline,
	ErrNoLimits,
	ErrConsumerMaxPendingAckExcess,
	ErrStreamMaxStreamBytesExceeded,
	ErrStreamMoveAndScale,
	ErrStreamMoveInProgress,
	ErrConsumerMaxRequestBatchExceeded,
	ErrConsumerReplicasExceedsStream,
	ErrConsumerNameContainsPathSeparators,
	ErrStreamNameContainsPathSeparators,
	ErrStreamReconfigureNotInProgress,
	ErrStreamNameExistRestoreFailed,
	ErrConsumerCreateFilterSubjectMismatch,
	ErrConsumerCreateDurableAndNameMismatch,
	ErrReplicasCountCannotBeNegative,
	ErrConsumerReplicasShouldMatchStream,
	ErrConsumerMetadataLength,
	ErrConsumerDuplicateFilterSubjects,
	ErrConsumerMultipleFiltersNotAllowed,
	ErrConsumerOverlappingSubjectFilters,
	ErrConsumerEmptyFilter,
	ErrSourceDuplicateDetected,
	ErrSourceInvalidStreamName,
	ErrMirrorInvalidStreamName,
	ErrMirrorWithFirstSeq,
	ErrSourceMultipleFiltersNotAllowed,
	ErrSourceInvalidSubjectFilter,
	ErrSourceInvalidTransformDestination,
	ErrSourceOverlappingSubjectFilters,
	ErrConsumerAlreadyExists,
	ErrConsumerDoesNotExist,
	ErrMirrorMultipleFiltersNotAllowed,
	ErrMirrorInvalidSubjectFilter,
	ErrMirrorOverlappingSubjectFilters,
	ErrConsumerInactiveThresholdExcess,
	ErrMirrorInvalidTransformDestination,
	ErrStreamTransformInvalidSource,
	ErrStreamTransformInvalidDestination,
	ErrPedantic,
	ErrStreamDuplicateMessageConflict,
	ErrConsumerPriorityPolicyWithoutGroup,
	ErrConsumerInvalidPriorityGroup,
	ErrConsumerEmptyGroupName,
	ErrConsumerInvalidGroupName,
	ErrStreamExpectedLastSeqPerSubjectNotReady,
	ErrStreamWrongLastSequenceConstant,
	ErrMessageTTLInvalid,
	ErrMessageTTLDisabled,
	ErrStreamTooManyRequests,
	ErrMessageIncrDisabled,
	ErrMessageIncrMissing,
	ErrMessageIncrPayload,
	ErrMessageIncrInvalid,
	ErrMessageCounterBroken,
	ErrMirrorWithCounters,
	ErrAtomicPublishDisabled,
	ErrAtomicPublishMissingSeq,
	ErrAtomicPublishIncompleteBatch,
	ErrAtomicPublishUnsupportedHeaderBatch,
	ErrConsumerPushWithPriorityGroup,
	ErrAtomicPublishInvalidBatchID,
	ErrStreamMinLastSeq,
	ErrConsumerAckPolicyInvalid,
	ErrConsumerReplayPolicyInvalid,
	ErrConsumerAckWaitNegative,
	ErrConsumerBackOffNegative,
	ErrRequiredApiLevel,
	ErrMirrorWithMsgSchedules,
	ErrSourceWithMsgSchedules,
	ErrMessageSchedulesDisabled,
	ErrMessageSchedulesPatternInvalid,
	ErrMessageSchedulesTargetInvalid,
	ErrMessageSchedulesTTLInvalid,
	ErrMessageSchedulesRollupInvalid,
	ErrStreamExpectedLastSeqPerSubjectInvalid,
	ErrStreamOfflineReason,
	ErrConsumerOfflineReason,
	ErrConsumerPriorityGroupWithPolicyNone,
	ErrConsumerPinnedTTLWithoutPriorityPolicyNone,
	ErrMirrorWithAtomicPublish,
	ErrAtomicPublishTooLargeBatch,
	ErrAtomicPublishInvalidBatchCommit,
	ErrAtomicPublishContainsDuplicateMessage,
	ErrClusterServerMemberChangeInflight,
	ErrMessageSchedulesSourceInvalid,
	ErrConsumerInvalidReset,
	ErrBatchPublishDisabled,
	ErrBatchPublishInvalidPattern,
	ErrBatchPublishInvalidBatchID,
	ErrBatchPublishUnknownBatchID,
	ErrMirrorWithBatchPublish,
	ErrAtomicPublishTooManyInflight,
	ErrBatchPublishTooManyInflight,
	ErrMessageSchedulesSchedulerInvalid,
	ErrMirrorDurableConsumerCfgInvalid,
	ErrMirrorConsumerRequiresAckFC,
	ErrSourceDurableConsumerCfgInvalid,
	ErrSourceDurableConsumerDuplicateDetected,
	ErrSourceConsumerRequiresAckFC,
	ErrConsumerAckFCRequiresPush,
	ErrConsumerAckFCRequiresFC,
	ErrConsumerAckFCRequiresMaxAckPending,
	ErrConsumerAckFCRequiresNoAckWait,
	ErrConsumerAckFCRequiresNoMaxDeliver,
	ErrMessageSchedulesTimeZoneInvalid,
	ErrClusterRescue,
	ErrConsumerStreamIdentityMismatch,
	ErrStreamReconfigureInProgress,
	ErrMessageSourceHdrNotAllowed,
	ErrSourceConsumerFlowControlStalled,
}
