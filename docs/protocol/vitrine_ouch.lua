-- OUCH 5.0 as Vitrine speaks it (docs/protocol.md), field by field, on top of Wireshark's own SoupBinTCP dissector.
--
-- tshark -X lua_script:vitrine_ouch.lua -d tcp.port==PORT,soupbintcp -r FILE -V
--
-- It takes part in SoupBinTCP's list of heuristic dissectors, before OUCH 4.x. Bytes that no field accounts for are
-- marked as vitrine_ouch.undecoded with a warning, so `-Y vitrine_ouch.undecoded` must find nothing.

local ouch = Proto("vitrine_ouch", "OUCH 5.0 (Vitrine)")
local packet_type = Field.new("soupbintcp.packet_type")

local sides = { B = "buy", S = "sell" }
local reasons = {
    [0] = "none", "FillOrKill", "ImmediateOrCancel", "InsufficientFunds", "InsufficientMargin",
    "InsufficientLiquidity", "InsufficientBorrowableQuantity", "InvalidPrice", "InvalidQuantity", "PriceOutOfBounds",
    "PriceImpact", "PostOnlyTaker", "PostOnlyMode", "ReduceOnlyNotReduced", "SelfTradePrevention", "PositionLimit",
    "Liquidation", "NegativeEquity", "StopWithoutPosition", "MaxStopOrdersPerPosition", "SlippageToleranceExceeded",
    "AccountTradingSuspended", "UserPermissions", "BadCommand", "SlotInUse", "StaleOrder", "MarketState", "SlotQuota",
    "Throttled", "Capacity", "Duplicate", "UnknownMarket", "UnknownAccount", "UnknownAsset", "UnknownOrder",
    "UserRequest", "Disconnect", "KillSwitch", "TimeExpired", "Replaced", "OtherLegDone", "OrdersRefused", "NoPrice",
    "InsufficientBalance", "OutOfRange", "Restart", "Supervisory", "OpenInterestLimit", "Conflict", "Deferred",
    "WithdrawalLimit", "FreshProfit", "NoticeNeeded", "CollateralLimit", "FundNotExhausted", "Delisted",
}
local statuses = { [0] = "none", "New", "PartiallyFilled", "Filled", "Cancelled", "Expired", "TriggerPending",
                   "TriggerFailed" }

-- Letters in, enumerations as texts: the meaning is appended to the letter.
local letters = {
    side = sides, tif = { ["0"] = "good till cancelled", ["3"] = "immediate or cancel", ["6"] = "good till time" },
    display = { Y = "visible" }, state = { L = "live", D = "dead" }, liquidity = { A = "maker", R = "taker" },
    cancel_reason = { U = "user", I = "immediate or cancel", T = "time", S = "supervisory", Q = "self-trade",
                      K = "price bands", Z = "system" },
    restate_reason = { T = "triggered", O = "open quantity changed" }, tag_side = sides,
    post_only = { P = "post-only", N = "no" }, reduce_only = { Y = "reduce-only", N = "no" },
    self_trade = { T = "reject taker", M = "reject maker", B = "reject both" },
    by = { M = "mark", I = "index", L = "last price" }, when = { A = "at or above", B = "at or below" },
    triggers_too = { Y = "trigger orders too", N = "no" },
    forced = { M = "margin call", B = "liquidation begun", E = "liquidation ended", F = "liquidation fill",
               C = "collateral converted", G = "backstop has taken over", T = "taken as backstop",
               Z = "deleveraged away", D = "deleveraged", L = "lend turned into cash" },
}

local fields = {}
local function field(name, kind, title, extra)
    fields[name] = kind("vitrine_ouch." .. name, title, extra)
end
local function numbers(kind, list)
    for name, title in pairs(list) do
        field(name, kind, title)
    end
end
numbers(ProtoField.uint32, { reference = "UserRefNum", existing = "OrigUserRefNum", quantity = "Quantity",
    min_quantity = "MinQty", expire_time = "ExpireTime (s)", subaccount = "Subaccount",
    percent = "Percent (millionths)" })
numbers(ProtoField.uint64, { timestamp = "Timestamp (ns of the UTC day)", price = "Price (ticks)",
    order = "Order Reference Number", match = "Match Number", lots = "Quantity (lots)",
    quote_quantity = "QuoteQuantity (units)", expires_at = "ExpiresAt (ns since 1970)",
    trigger_price = "Trigger price (ticks)", limit_price = "Limit price (ticks)", filled = "Filled (lots)",
    open = "Open (lots)", exact_price = "Price (256ths of a tick)", liquidation = "Liquidation Number" })
numbers(ProtoField.string, { type = "Type", side = "Side", symbol = "Symbol", tif = "Time In Force",
    display = "Display", capacity = "Capacity", sweep = "Intermarket Sweep Eligibility", cross = "CrossType",
    client_id = "ClOrdID", state = "Order State", liquidity = "Liquidity Flag", cancel_reason = "Reason",
    restate_reason = "Reason", firm = "Firm", post_only = "PostOnly", tag_side = "Side", reduce_only = "ReduceOnly",
    self_trade = "SelfTrade", by = "By", when = "When", market_symbol = "MarketSymbol",
    triggers_too = "TriggersToo", forced = "Event" })
fields.reason = ProtoField.uint16("vitrine_ouch.reason", "Reason", base.DEC, reasons)
fields.status = ProtoField.uint8("vitrine_ouch.status", "Status", base.DEC, statuses)
fields.fee = ProtoField.int64("vitrine_ouch.fee", "Fee (quote units x 256)")
fields.equity = ProtoField.int64("vitrine_ouch.equity", "Equity (settlement units)")
fields.maintenance = ProtoField.int64("vitrine_ouch.maintenance", "Maintenance margin (settlement units)")
fields.money = ProtoField.int64("vitrine_ouch.money", "Money (quote units x 256)")
fields.rank = ProtoField.uint8("vitrine_ouch.rank", "Rank")
fields.counterparty = ProtoField.uint32("vitrine_ouch.counterparty", "Counterparty (subaccount)")
fields.asset = ProtoField.uint16("vitrine_ouch.asset", "Asset")
fields.slippage = ProtoField.uint16("vitrine_ouch.slippage", "Slippage (basis points)")
fields.user_ref_index = ProtoField.uint8("vitrine_ouch.user_ref_index", "UserRefIdx")
fields.appendage_length = ProtoField.uint16("vitrine_ouch.appendage_length", "Appendage Length")
fields.tag_length = ProtoField.uint8("vitrine_ouch.tag_length", "Length")
fields.tag = ProtoField.uint8("vitrine_ouch.tag", "Tag")
fields.undecoded = ProtoField.bytes("vitrine_ouch.undecoded", "Undecoded bytes")
ouch.fields = fields
local warning = ProtoExpert.new("vitrine_ouch.undecoded.expert", "Bytes that no field accounts for",
                                expert.group.UNDECODED, expert.severity.WARN)
ouch.experts = { warning }

-- {field, bytes}; letters and texts are strings.
local order_tail = { { "side", 1 }, { "quantity", 4 }, { "symbol", 8 }, { "price", 8 }, { "tif", 1 },
    { "display", 1 }, { "order", 8 }, { "capacity", 1 }, { "sweep", 1 }, { "cross", 1 }, { "state", 1 },
    { "client_id", 14 } }
local function with_tail(head)
    for _, item in ipairs(order_tail) do
        head[#head + 1] = item
    end
    return head
end

local inbound = {
    O = { "Enter Order", { { "reference", 4 }, { "side", 1 }, { "quantity", 4 }, { "symbol", 8 }, { "price", 8 },
        { "tif", 1 }, { "display", 1 }, { "capacity", 1 }, { "sweep", 1 }, { "cross", 1 }, { "client_id", 14 } } },
    U = { "Replace Order", { { "existing", 4 }, { "reference", 4 }, { "quantity", 4 }, { "price", 8 }, { "tif", 1 },
        { "display", 1 }, { "sweep", 1 }, { "client_id", 14 } } },
    X = { "Cancel Order", { { "reference", 4 }, { "quantity", 4 } } },
    M = { "Modify Order", { { "reference", 4 }, { "side", 1 }, { "quantity", 4 } } },
    C = { "Mass Cancel", { { "reference", 4 }, { "firm", 4 }, { "symbol", 8 } } },
    D = { "Disable Order Entry", { { "reference", 4 }, { "firm", 4 } } },
    E = { "Enable Order Entry", { { "reference", 4 }, { "firm", 4 } } },
    Q = { "Account Query", {} },
}
local outbound = {
    A = { "Order Accepted", with_tail({ { "timestamp", 8 }, { "reference", 4 } }) },
    U = { "Order Replaced", with_tail({ { "timestamp", 8 }, { "existing", 4 }, { "reference", 4 } }) },
    C = { "Order Canceled", { { "timestamp", 8 }, { "reference", 4 }, { "quantity", 4 }, { "cancel_reason", 1 } } },
    E = { "Order Executed", { { "timestamp", 8 }, { "reference", 4 }, { "quantity", 4 }, { "price", 8 },
        { "liquidity", 1 }, { "match", 8 } } },
    J = { "Rejected", { { "timestamp", 8 }, { "reference", 4 }, { "reason", 2 }, { "client_id", 14 } } },
    I = { "Cancel Reject", { { "timestamp", 8 }, { "reference", 4 } } },
    R = { "Order Restated", { { "timestamp", 8 }, { "reference", 4 }, { "restate_reason", 1 } } },
    X = { "Mass Cancel Response", { { "timestamp", 8 }, { "reference", 4 }, { "firm", 4 }, { "symbol", 8 } } },
    F = { "Forced", { { "timestamp", 8 }, { "reference", 4 }, { "forced", 1 }, { "side", 1 }, { "lots", 8 },
        { "symbol", 8 }, { "exact_price", 8 }, { "liquidation", 8 } } },
}

local tags = {
    [3] = { "MinQty", { { "min_quantity", 4 } } }, [12] = { "PostOnly", { { "post_only", 1 } } },
    [15] = { "ExpireTime", { { "expire_time", 4 } } }, [27] = { "Side", { { "tag_side", 1 } } },
    [28] = { "UserRefIdx", { { "user_ref_index", 1 } } }, [128] = { "Subaccount", { { "subaccount", 4 } } },
    [129] = { "Quantity", { { "lots", 8 } } }, [130] = { "QuoteQuantity", { { "quote_quantity", 8 } } },
    [131] = { "Percent", { { "percent", 4 } } }, [132] = { "ReduceOnly", { { "reduce_only", 1 } } },
    [133] = { "SelfTrade", { { "self_trade", 1 } } }, [134] = { "ExpiresAt", { { "expires_at", 8 } } },
    [135] = { "Slippage", { { "slippage", 2 } } },
    [136] = { "Trigger", { { "by", 1 }, { "when", 1 }, { "trigger_price", 8 } } },
    [137] = { "TakeProfit", { { "by", 1 }, { "trigger_price", 8 }, { "limit_price", 8 } } },
    [138] = { "StopLoss", { { "by", 1 }, { "trigger_price", 8 }, { "limit_price", 8 } } },
    [139] = { "MarketSymbol", "market_symbol" }, [140] = { "TriggersToo", { { "triggers_too", 1 } } },
    [144] = { "Reason", { { "reason", 2 } } }, [145] = { "Status", { { "status", 1 } } },
    [146] = { "Filled", { { "filled", 8 } } }, [147] = { "Open", { { "open", 8 } } },
    [148] = { "Fee", { { "fee", 8 } } }, [149] = { "Equity", { { "equity", 8 } } },
    [150] = { "Maintenance", { { "maintenance", 8 } } }, [151] = { "Money", { { "money", 8 } } },
    [152] = { "Rank", { { "rank", 1 } } }, [153] = { "Counterparty", { { "counterparty", 4 } } },
    [154] = { "Asset", { { "asset", 2 } } },
}

local function undecoded(tree, range)
    tree:add(fields.undecoded, range):add_proto_expert_info(warning)
end

local function size_of(list)
    local size = 0
    for _, item in ipairs(list) do
        size = size + item[2]
    end
    return size
end

-- Adds the fields of `list` from `at` on; all of them are there.
local function add_fields(tree, buffer, at, list)
    for _, item in ipairs(list) do
        local range = buffer(at, item[2])
        local node = tree:add(fields[item[1]], range)
        local meaning = letters[item[1]]
        if meaning and meaning[range:string()] then
            node:append_text(" (" .. meaning[range:string()] .. ")")
        elseif item[2] == 8 and item[1]:find("price") and range:uint64() == UInt64(0xffffffff, 0x7fffffff) then
            node:append_text(" (market)")
        end
        at = at + item[2]
    end
    return at
end

local function add_tag(tree, buffer, at)
    local size = buffer(at, 1):uint()
    if size < 1 or at + 1 + size > buffer:len() then
        undecoded(tree, buffer(at))
        return buffer:len()
    end
    local number = buffer(at + 1, 1):uint()
    local tag = tags[number]
    local node = tree:add(buffer(at, size + 1), (tag and tag[1] or "Unknown tag") .. " (" .. number .. ")")
    node:add(fields.tag_length, buffer(at, 1))
    node:add(fields.tag, buffer(at + 1, 1))
    if tag and type(tag[2]) == "string" and size > 1 then
        node:add(fields[tag[2]], buffer(at + 2, size - 1))
    elseif tag and type(tag[2]) == "table" and size_of(tag[2]) == size - 1 then
        add_fields(node, buffer, at + 2, tag[2])
    elseif size > 1 then
        undecoded(node, buffer(at + 2, size - 1))
    else
        undecoded(node, buffer(at, 2))
    end
    return at + 1 + size
end

local function add_appendage(tree, buffer, at)
    local left = buffer:len() - at
    if left == 0 then
        return
    end
    if left < 2 or buffer(at, 2):uint() ~= left - 2 then
        undecoded(tree, buffer(at))
        return
    end
    tree:add(fields.appendage_length, buffer(at, 2))
    at = at + 2
    while at < buffer:len() do
        at = add_tag(tree, buffer, at)
    end
end

function ouch.dissector(buffer, pinfo, tree)
    if buffer:len() == 0 then
        return 0
    end
    local packet = { packet_type() }
    local last = packet[#packet]
    local sent_by_server = last ~= nil and (last.value == 0x53 or tostring(last) == "S" or tostring(last) == "'S'")
    local letter = buffer(0, 1):string()
    local message = (sent_by_server and outbound or inbound)[letter]
    local node = tree:add(ouch, buffer())
    pinfo.cols.protocol = "OUCH 5.0"
    if not message or buffer:len() < 1 + size_of(message[2]) then
        undecoded(node, buffer())
        return buffer:len()
    end
    node:append_text(", " .. message[1])
    pinfo.cols.info:append(", " .. message[1])
    node:add(fields.type, buffer(0, 1)):append_text(" (" .. message[1] .. ")")
    add_appendage(node, buffer, add_fields(node, buffer, 1, message[2]))
    return buffer:len()
end

-- Every payload is taken: the port is OUCH 5.0's when it is decoded as SoupBinTCP.
ouch:register_heuristic("soupbintcp", function(buffer, pinfo, tree)
    ouch.dissector(buffer, pinfo, tree)
    return true
end)
