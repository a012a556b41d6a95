import Redis
public import ServiceRuntime
import SuiteMembership

/// Every setting of the chat service.
public struct ChatConfiguration: ServiceConfiguration {
    let redis: RedisConfiguration
    let databaseURL: String
    let archiveFolder: String
    let healthPort: Int
    let limits: ChatLimits

    public init(_ settings: inout SettingsReader) throws(SettingsError) {
        let url = try settings.string(
            "REDIS_URL", default: "redis://localhost:6379", describe: "The Redis that the suite shares")
        do {
            var redis = try RedisConfiguration(url: url)
            redis.name = "chat"
            self.redis = redis
        } catch {
            throw SettingsError("REDIS_URL", "\(error)")
        }
        let data = try settings.string("DATA_DIR", default: "var", describe: "Folder of the archive")
        self.databaseURL = try settings.url(
            "DATABASE_URL", default: "sqlite:\(data)/chat.sqlite", schemes: ["sqlite"],
            describe: "The archive's database")
        self.archiveFolder = "\(data)/archive"
        self.healthPort = try settings.integer(
            "HEALTH_PORT", default: ChatAssembly.defaultHealthPort, range: 0...65_535,
            describe: "Port of /healthz, told to operators")
        var limits = ChatLimits()
        limits.partitions = try settings.partitions()
        limits.outboxBound = try settings.integer(
            "OUTBOX_BOUND", default: 200_000, range: 100...10_000_000, unit: "entries",
            describe: "Events of a partition that wait for archive and notifier before writers hear `busy`")
        limits.dedupeSeconds = try settings.integer(
            "DEDUPE_SECONDS", default: 86_400, range: 60...2_592_000, unit: "seconds",
            describe: "How long a repeated command is known")
        limits.keptMessages = try settings.integer(
            "ROOM_MESSAGES_KEPT", default: 1_000, range: 100...100_000, unit: "messages",
            describe: "Newest messages of a room that stay in Redis once they are archived")
        self.limits = limits
    }
}
