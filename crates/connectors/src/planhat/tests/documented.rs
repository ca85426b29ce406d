//! Every property that is documented, or that was seen in an answer, becomes a field or is left out on purpose.

use std::collections::HashSet;

use super::super::object::{self, Object};

/// The object that a model's records are read as, and the model's properties.
const MODELS: &[(&str, &str)] = &[
    (
        "company",
        "_id name owner coOwner externalId sourceId phase status domains h hProfile csmScore mr nrr30 mrrTotal nrrTotal \
         mrTotal description address country city zip phonePrimary web customerFrom customerTo alerts tags products \
         licenses sales createDate lastUpdated lastRenewal renewalDaysFromNow lastActive followers usage lastTouch \
         lastTouchType lastTouchByType nextTouch phaseSince csmScoreLog features sunits shareable lastActivities \
         documents orgRootId orgPath mrr arr orgMrr orgArr renewalMrr renewalArr orgMrrTotal orgArrTotal \
         orgHealthTotal orgLevel orgUnits custom",
    ),
    (
        "company",
        "createdAt updatedAt slug headId hDiff hDiffDate lastTouchTime nextTouchDate lastActiveTime renewalDate \
         autoRenews nps sentimentScore arrTotal orgCount orgPathCount collaborators links lastPerformedTriggers __v",
    ),
    (
        "enduser",
        "_id companyId companyName externalId sourceId firstName lastName name email otherEmails position phone tags \
         featured primary archived sharedNotificationsPrefs custom",
    ),
    (
        "enduser",
        "personas npsUnsubscribed nps npsComment npsDate npsSent beats beatsTotal beatTrend convs14 convsTotal \
         experience relevance lastActive lastTouch lastTouchType lastTouchTime lastTouchByType lastActivities \
         relatedEndusers usage emailMd5 linkedInUrl createDate createdAt updatedAt __v",
    ),
    (
        "user",
        "_id email nickName firstName lastName roles externalId inactive image radarOneLine taskFilter companyFilter \
         compressedView isHidden notificationsEnabled createDate createdAt updatedAt permissions tzOffset managers \
         teams isExposedAsSenderOption custom",
    ),
    (
        "user",
        "removed workflowFilter playLogDisabled dailyDigest followerUpdate inAppNotifications revReportPeriodType \
         splitLayoutDisabled poc defaultMeetingLength googleApi msApi googleCalendarApi skippedGettingStartedSteps \
         recentOpenTabs isMyProfile arr mrr arrAvg mrrAvg npsAvg healthAvg healthAvgRound lastTouch7 lastTouch30 \
         lastTouch90 lastActive7 lastActive30 lastActive90 nrOpenTasks nrOverDueTasks nrTasksDue7Days \
         nrTasksDue14Days nrTasksDue30Days nrTasksDue90Days revenueShare customerCount payingCustomerCount \
         defaultCurrencyId",
    ),
    (
        "conversation",
        "_id subject companyId companyName description snippet date outDate createDate type users endusers externalId \
         activityTags starred pinned emailTemplateIds isOpen tags waitsToBeFiltered timeBucket archived numberOfParts \
         sender history userIds hasMore isCustomType assigneeName numberOfRelevantParts hasAttachments isSeen custom",
    ),
    (
        "conversation",
        "useSubject ownerId sourceId source subType days autoTags owner followers userId nickName note \
         companySourceId updatedAt createdAt __v",
    ),
    // Notes and tickets are conversations.
    (
        "conversation",
        "_id companyId subject description date activityTags users companyExternalId type endusers custom",
    ),
    (
        "conversation",
        "_id source companyId sourceId email domains companyExternalId title description url tags type severity \
         product timeSpent status history name agentEmail createdAt updatedAt externalId subType updateDate inDate",
    ),
    (
        "comment",
        "_id text by commentableId commentableModel createdAt updatedAt",
    ),
    (
        "task",
        "_id mainType companyId companyName startTime endTime dateDone action description repeat repeatDays type \
         ownerId ownerName custom sourceId noSpecificTime shared overdueNotified status snippet users endusers \
         checklist activityTags isArchived doneBy createdAt updatedAt __v",
    ),
    (
        "license",
        "_id product _currency companyId companyName externalId sourceId fromDate toDate fixedPeriod mrr value arr \
         renewalStatus autoRenews renewalPeriod renewalUnit renewalDate renewalDaysFromNow noticePeriod noticeUnit \
         length toDateIncluded isOverdue invoiceCycle invoiceCycleInterval invoicesGenerated invoiceMuted renewalMrr \
         renewalArr fcNewMrr fcNewMrrOptimistic fcNewMrrPessimistic fcNewArr fcNewArrOptimistic fcNewArrPessimistic \
         fcNewStartDate parent issues status custom",
    ),
    (
        "asset",
        "_id companyId companyName externalId sourceId name serialNumber value _currency installDate status ownerId \
         ownerName custom createdAt updatedAt followers usage __v",
    ),
    (
        "campaign",
        "_id name campaignPurpose companyId companyName externalId sourceId custom",
    ),
    (
        "churn",
        "_id companyId companyName churnDate reasons value arr currency comment description products snoozed \
         onlyDowngrade sourceId createdAt updatedAt custom churnReason externalId createDate",
    ),
    (
        "invoice",
        "_id cId cName extId sourceId currency product invoiceDate dueDate paidDate lastUpdated invoiceNo amountTotal \
         status lineItems emails addressCountry invoiceCycle custom",
    ),
    (
        "issue",
        "_id title description companyIds companies enduserIds endusers conversationIds sourceId source sourceUrl \
         priority archived status mrrCombined arrCombined createdAt updatedAt followers custom companyMatchingValue",
    ),
    (
        "nps",
        "_id cId email euId campaignId score comment sourceId dateSent dateAnswered source custom nps npsComment \
         npsDate",
    ),
    (
        "opportunity",
        "_id salesStage companyId companyName dealDate landingDate closeDate externalId sourceId _currency title \
         ownerId mrr arr nrr contractLength status stageHistory custom recurringValue probability value currency \
         owner",
    ),
    (
        "objective",
        "_id name health companyId companyName externalId sourceId custom",
    ),
    (
        "project",
        "_id name companyId companyName externalId sourceId currency startDate endDate mrr arr nrr custom __v",
    ),
    (
        "sale",
        "_id _currency product companyId companyName externalId sourceId salesDate value custom",
    ),
    (
        "workspace",
        "_id name ownerId companyId companyName externalId sourceId custom",
    ),
    (
        "timeentry",
        "_id companyId date hours isTimeOff description isBillable billingCode currency billableRate totalBilled \
         costRate totalCost timesheetStatus timesheetId",
    ),
    (
        "timesheet",
        "_id approvedBy status timeEntries dateOfApproval dateFrom dateTo assignedModel assignedId",
    ),
    (
        "deal",
        "_id name companyId companyName externalId sourceId stage ownerId followers mrr arr total fees currency \
         closeDate renewalDate startDate endDate subscriptions fromDate toDate",
    ),
    (
        "lineitem",
        "_id externalId sourceId dealId productType fixedPeriod fromDate toDate length mrr arr value productId status",
    ),
    (
        "product",
        "_id externalId sourceId name type mrr arr value currency fixedPeriod autoRenews length renewalMrr renewalArr \
         renewalPeriod noticePeriod noticeUnit packages color custom createdAt updatedAt",
    ),
];

fn named(name: &str) -> &'static Object {
    object::named(&model::ObjectName::new(name)).unwrap()
}

#[test]
fn every_documented_property_is_a_field_or_is_left_out_on_purpose() {
    for (name, properties) in MODELS {
        let object = named(name);
        for property in properties.split_whitespace() {
            let is_field = object.known.iter().any(|known| known.name == property);
            assert!(is_field || object.is_internal(property), "{name}.{property}");
        }
    }
    let listed: HashSet<&str> = MODELS.iter().map(|(name, _)| *name).collect();
    let unlisted: Vec<&str> = object::all()
        .map(|object| object.name)
        .filter(|name| !listed.contains(name))
        .collect();
    // Planhat has no model of these.
    assert_eq!(unlisted, ["team", "role", "usage"]);
}

#[test]
fn every_object_is_at_one_with_itself() {
    let mut names = HashSet::new();
    for object in object::all() {
        assert!(names.insert(object.name), "{}", object.name);
        let fields: Vec<&str> = object.known.iter().map(|known| known.name).collect();
        let once: HashSet<&&str> = fields.iter().collect();
        assert_eq!(once.len(), fields.len(), "{}", object.name);
        let aliased = object.aliases.iter().map(|(_, field)| field);
        for field in aliased.chain(object.required) {
            assert!(fields.contains(field), "{}.{field}", object.name);
        }
        for field in &fields {
            assert!(!object.is_internal(field), "{}.{field}", object.name);
        }
        assert!(object.permission.ends_with("(View)"), "{}", object.name);
        assert!(!object.passes.is_empty(), "{}", object.name);
    }
}
