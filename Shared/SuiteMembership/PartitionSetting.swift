public import ServiceRuntime
import WireContract

extension SettingsReader {
    /// `CHAT_PARTITIONS`, read in the same way by every service; ``PartitionAgreement`` makes sure of the rest.
    public mutating func partitions() throws(SettingsError) -> Int {
        try self.integer(
            "CHAT_PARTITIONS", default: RedisNames.defaultPartitionCount, range: 1...256, unit: "partitions",
            describe: "Partitions of the rooms; the same number in every service, fixed by the first start.")
    }
}
