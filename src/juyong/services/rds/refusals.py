"""Why operations of the published API are refused."""

from juyong.api.product import because

REFUSED = because(
    {
        "RDS Custom runs virtual machines, and this platform runs none": (
            "*RC* *RdsCustomInit DescribeHostWebShell"
        ),
        "database proxies and read-only instances are no part of this platform": (
            "*Proxy* *ReadOnly* *ReadWriteSplitting* *Endpoint* *InstanceWeight "
            "*ReadDBInstanceDelay *AnalyticdbByPrimary*"
        ),
        "backups, logs and recovery are those of the registered server": (
            "*Backup* *Restor* *Recover* *Ddr* *Binlog* *LogFiles *SlowLog* *ErrorLogs "
            "CopyDatabase* *MetaList *OssDownloads PurgeDBInstanceLog"
        ),
        "data is not moved between servers": (
            "*Migrat* *Import* *Replica* *GAD* *Gad* *Clone *CloneDBInstance *Rebuild* *Slot* "
            "*Upgrade* *OnlineDatabaseTask *DTC* *CharacterSetName"
        ),
        "masking, auditing and encryption at rest are those of the registered server": (
            "*Masking* *TDE *CLS *EncryptionKey *KmsAssociate* *SQLCollector* *SQLLog* "
            "*ActionEventPolicy ModifyAccount*Policy"
        ),
        "passwords are kept by Secrets Manager (KMS)": "*Secret*",
        "accounts are created, reset, granted and deleted here, and not changed otherwise": (
            "*OperatorPermission *LockAccount ResetAccount UnlockAccount CheckDBNameAvailable "
            "ModifyDBDescription DescribeInstanceKeywords"
        ),
        "tags are changed by TagResources and UntagResources": (
            "*Tags *TagsToResource *TagsFromResource"
        ),
        "the network in front of a registered server is its operator's": (
            "*Whitelist* *SecurityGroup* *SecurityIp* *IPArray* *IpHostname *SSL *HbaConfig* "
            "*Vpc* *VSwitch* *Connection* *Connectivity *NetInfo* *Network* *NetType"
        ),
        "monitoring and tasks of the product's console are not kept": (
            "*Metrics *Monitor *Performance *SwitchLog *Event* *HistoryTasks* *Notify *Resource "
            "*ResourceSettings *ResourceDetails *ResourceUsage *ResourceInfo DescribeTasks "
            "ModifyTaskInfo QueryRecommendByCode"
        ),
        "settings, extensions and maintenance are those of the registered server": (
            "*Parameter* *Extensions *AD* *ActiveOperation* *Collation* *HA* *MiniEngine* "
            "*InstanceDetail *Topology *MaintainTime *Vector* *DasInstance* *DatabaseConfig "
            "*DuckDB* RestartDBInstance"
        ),
        "only the part of RDS that secrets need is served; juyong rds register adds servers": "*",
    }
)
