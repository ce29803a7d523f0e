import numpy as np,json,csv
import lightgbm as lgb, xgboost as xgb
import sys; G=sys.argv[1]+'/fraud/' # the folder ai-golden
rows=list(csv.reader(open(G+'test.csv'))); head=rows[0]; D=np.array(rows[1:],dtype=np.float64)
pick=np.sort(np.concatenate([np.flatnonzero(D[:,20]==1)[:100],np.flatnonzero(D[:,20]==0)[:500]])); 
X=D[pick,:20].astype(np.float32); e=D[pick,21]
m=lgb.Booster(model_file=G+'fraud.lgb.txt'); raw=m.predict(X,raw_score=True)
T=np.array(list(csv.reader(open(G+'train_sample.csv')))[1:],dtype=np.float64); tx,ty=T[:,:20].astype(np.float32),T[:,20]
tm=tx.copy(); r=np.random.default_rng(3); tm[r.random(tm.shape)<0.1]=np.nan
b=xgb.train(dict(objective='binary:logistic',max_depth=4,eta=0.3,nthread=1),xgb.DMatrix(tm,ty),30); b.save_model('xgboost.json')
Xm=X[:200].copy(); Xm[r.random(Xm.shape)<0.1]=np.nan
xm=b.predict(xgb.DMatrix(Xm),output_margin=True); xr=b.predict(xgb.DMatrix(X),output_margin=True)
l=lgb.train(dict(objective='binary',num_leaves=12,verbosity=-1,num_threads=1,deterministic=True,seed=1),lgb.Dataset(tm,ty,feature_name=head[:20]),num_boost_round=20); l.save_model('missing.lgb.txt'); lm=l.predict(Xm,raw_score=True)
f=lambda a:[None if np.isnan(v) else float(v) for v in a]
json.dump({'about':'rows of ai-golden/fraud/test.csv, margins by lightgbm %s and xgboost %s (make-margins.py)'%(lgb.__version__,xgb.__version__),'rows':[f(v) for v in X],'labels':D[pick,20].astype(int).tolist(),'expected_score':e.tolist(),'lightgbm':raw.tolist(),'xgboost':[float(v) for v in xr],'missing':{'rows':[f(v) for v in Xm],'xgboost':[float(v) for v in xm],'lightgbm':lm.tolist()}},open('margins.json','w'))
